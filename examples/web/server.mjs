/** A web server that tells who answers: its host name (in a pod the pod's), its version, and who asked. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const port = 8080;
const version = process.env.WEB_VERSION ?? 'unknown';

const server = createServer((request, response) => {
  const path = request.url ?? '/';
  try {
    if (path.startsWith('/env/')) return void response.end(process.env[path.slice('/env/'.length)] ?? '');
    if (path.startsWith('/file/')) return void response.end(readFileSync(path.slice('/file'.length), 'utf8'));
  } catch (error) {
    response.statusCode = 404;
    return void response.end(`${error.message}\n`);
  }
  response.end(`${JSON.stringify({ host: hostname(), version, peer: request.socket.remoteAddress })}\n`);
});
server.listen(port, () => console.log(`listening on ${port}, version ${version}`));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
