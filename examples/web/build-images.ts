import { fileURLToPath } from 'node:url';
import { buildImage, imageExists } from '../../deploy/images/build-image.ts';
import { nodeImageContent, nodePathInImage } from '../../deploy/images/node-image.ts';

/** The images of the example, each with its version: the same server says another one. */
export const webImages = { '1': 'k8ts-example/web:1', '2': 'k8ts-example/web:2' } as const;

const server = fileURLToPath(new URL('./server.mjs', import.meta.url));

/** Makes the images on this host, without a registry; those that are there stay. Returns the tags that were made. */
export async function buildWebImages(): Promise<string[]> {
  const made: string[] = [];
  for (const [version, tag] of Object.entries(webImages)) {
    if (await imageExists(tag)) continue;
    const node = await nodeImageContent();
    await buildImage(
      tag,
      { ...node, copies: [...node.copies, { from: server, to: '/srv/server.mjs' }] },
      { entrypoint: [nodePathInImage, '/srv/server.mjs'], env: { WEB_VERSION: version } },
    );
    made.push(tag);
  }
  return made;
}
