import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPeer } from './https-peer.ts';

export interface ReviewAnswer {
  /** 200 where nothing is said. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string goes out as it is, anything else as JSON; undefined cuts the connection. */
  readonly body?: unknown;
}

export interface ReviewWebhookPeer {
  /** A kubeconfig that leads to it. */
  readonly kubeConfigFile: string;
  /** What it was asked, in order. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what they expect
  readonly asked: any[];
  close(): Promise<void>;
}

/** A webhook over TLS that answers reviews as it is told, with its kubeconfig in the folder. */
export async function startReviewWebhookPeer(
  folder: string,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what they expect
  answer: (review: any, count: number) => ReviewAnswer,
): Promise<ReviewWebhookPeer> {
  const asked: unknown[] = [];
  const peer = await startPeer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const review: unknown = JSON.parse(text);
      asked.push(review);
      const { status = 200, headers = {}, body } = answer(review, asked.length);
      if (body === undefined) return peer.cut();
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  const kubeConfigFile = join(folder, `webhook-${peer.port}.kubeconfig`);
  await writeFile(
    kubeConfigFile,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'webhook',
          cluster: {
            server: `${peer.url}/review`,
            'certificate-authority-data': Buffer.from(peer.authority.certificate).toString('base64'),
          },
        },
      ],
      users: [{ name: 'server', user: { token: 'own-credentials' } }],
      contexts: [{ name: 'webhook', context: { cluster: 'webhook', user: 'server' } }],
      'current-context': 'webhook',
    }),
  );
  return { kubeConfigFile, asked, close: () => peer.close() };
}
