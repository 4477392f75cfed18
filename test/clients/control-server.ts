import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Lets programs in any language ask for trouble: `POST /NAME` answers 200 once it has been done. */
export interface ControlServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Listens on a free port of 127.0.0.1. A trouble that rejects, or that nobody knows, is answered with 500 and the
 * message. The caller stops it.
 */
export async function startControlServer(
  troubles: Readonly<Record<string, () => Promise<void> | void>>,
): Promise<ControlServer> {
  const server = createServer((request, response) => {
    const trouble = troubles[request.url?.slice(1) ?? ''];
    Promise.resolve(trouble ? trouble() : Promise.reject(new Error(`no such trouble: ${request.url}`))).then(
      () => response.end(),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
