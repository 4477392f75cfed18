import { buildImage, imageExists, type ImageContent } from '../../../deploy/images/build-image.ts';
import { nodeImageContent } from '../../../deploy/images/node-image.ts';
import { buildWebImages, webImages } from '../../../examples/web/build-images.ts';
import { findProgram } from '../../../deploy/setup/run-command.ts';
import { run } from './run.ts';

export const busyboxImage = 'k8ts-test/busybox:1';
export const webImage = webImages['1'];
export const webImage2 = webImages['2'];

/** Both at once: a shell to exec into, and a program that looks names up as glibc does (a static busybox cannot). */
export const toolsImage = 'k8ts-test/tools:1';

/** Builds the images of the journey on this host: a busybox with its applets, and the web server of the examples in two versions. */
export async function ensureTestImages(): Promise<void> {
  const busybox = await busyboxContent();
  if (!(await imageExists(busyboxImage)))
    await buildImage(busyboxImage, busybox, { cmd: ['sh'], env: { PATH: '/bin' } });
  const node = await nodeImageContent();
  if (!(await imageExists(toolsImage)))
    await buildImage(
      toolsImage,
      { ...node, copies: [...node.copies, ...busybox.copies], links: busybox.links },
      { cmd: ['sleep', '3600'], env: { PATH: '/bin:/usr/local/bin' } },
    );
  await buildWebImages();
}

async function busyboxContent(): Promise<ImageContent> {
  const busybox = findProgram('busybox')!;
  const applets = (await run(busybox, ['--list'])).stdout.split('\n').filter((name) => name && name !== 'busybox');
  return {
    folders: ['tmp', 'proc', 'sys', 'dev', 'etc', 'root'],
    copies: [{ from: busybox, to: '/bin/busybox' }],
    files: [{ to: '/etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\n' }],
    links: applets.map((name) => ({ to: `/bin/${name}`, target: 'busybox' })),
  };
}
