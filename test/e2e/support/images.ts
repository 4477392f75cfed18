import { buildImage, imageExists, type ImageContent } from '../../../deploy/images/build-image.ts';
import { nodeImageContent, nodePathInImage } from '../../../deploy/images/node-image.ts';
import { findProgram } from '../../../deploy/setup/run-command.ts';
import { run } from './run.ts';

export const busyboxImage = 'k8ts-test/busybox:1';
export const webImage = 'k8ts-test/web:1';
export const webImage2 = 'k8ts-test/web:2';

/** Answers every request with its host name and version; `/env/NAME` with a variable, `/file/PATH` with a file's text. */
const webServer = `
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
const version = process.env.WEB_VERSION;
const server = createServer((request, response) => {
  const url = request.url;
  try {
    if (url.startsWith('/env/')) return response.end(process.env[url.slice(5)] ?? '');
    if (url.startsWith('/file/')) return response.end(readFileSync(url.slice(5), 'utf8'));
  } catch (error) {
    response.statusCode = 404;
    return response.end(error.message);
  }
  response.end(JSON.stringify({ host: hostname(), version, peer: request.socket.remoteAddress }) + '\\n');
});
server.listen(8080, () => console.log('listening on 8080, version ' + version));
process.on('SIGTERM', () => server.close(() => process.exit(0)) && server.closeAllConnections());
`;

/** Both at once: a shell to exec into, and a program that looks names up as glibc does (a static busybox cannot). */
export const toolsImage = 'k8ts-test/tools:1';

/** Builds the images of the journey on this host: a busybox with its applets, and a small Node web server in two versions. */
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
  for (const [tag, version] of [
    [webImage, '1'],
    [webImage2, '2'],
  ] as const) {
    if (await imageExists(tag)) continue;
    await buildImage(
      tag,
      { ...node, files: [...node.files, { to: '/srv/web.mjs', text: webServer }] },
      { entrypoint: [nodePathInImage, '/srv/web.mjs'], env: { WEB_VERSION: version } },
    );
  }
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
