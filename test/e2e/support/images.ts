import { buildImage, imageExists } from '../../../deploy/images/build-image.ts';
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

/** Builds the images of the journey on this host: a busybox with its applets and a small Node web server in two versions. */
export async function ensureTestImages(): Promise<void> {
  if (!(await imageExists(busyboxImage))) {
    const busybox = findProgram('busybox')!;
    const applets = (await run(busybox, ['--list'])).stdout.split('\n').filter((name) => name && name !== 'busybox');
    await buildImage(
      busyboxImage,
      {
        folders: ['tmp', 'proc', 'sys', 'dev', 'etc', 'root'],
        copies: [{ from: busybox, to: '/bin/busybox' }],
        files: [{ to: '/etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\n' }],
        links: applets.map((name) => ({ to: `/bin/${name}`, target: 'busybox' })),
      },
      { cmd: ['sh'], env: { PATH: '/bin' } },
    );
  }
  for (const [tag, version] of [
    [webImage, '1'],
    [webImage2, '2'],
  ] as const) {
    if (await imageExists(tag)) continue;
    const content = await nodeImageContent();
    await buildImage(
      tag,
      { ...content, files: [...content.files, { to: '/srv/web.mjs', text: webServer }] },
      { entrypoint: [nodePathInImage, '/srv/web.mjs'], env: { WEB_VERSION: version } },
    );
  }
}
