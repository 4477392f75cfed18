import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest } from '../../api/meta/errors.ts';
import type { ApiResponse, UpgradeRequest } from '../request.ts';
import type { KubeletUpgrade } from '../kubelets/kubelet-client.ts';

/** Headers that belong to the protocol asked for; nothing else of the client's (its token least of all) is passed on. */
const passedOn = [
  'upgrade',
  'connection',
  'x-stream-protocol-version',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
];

/** The headers of an upgrade as the kubelet gets them. @throws ApiError BadRequest where the client asks for none */
export function upgradeHeaders(upgrade: UpgradeRequest | undefined): Record<string, string | string[]> {
  if (!upgrade) throw badRequest('Upgrade request required');
  const { headers } = upgrade.incoming;
  return Object.fromEntries(passedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

/** Hands the kubelet's answer to the client and, where the protocol was changed, ties the two connections together. */
export async function relayUpgrade(client: UpgradeRequest, answer: KubeletUpgrade): Promise<ApiResponse> {
  if (answer.kind === 'answered') throw await errorOf(answer.response);
  return handOver(client, answer);
}

/** Gives the client the answer that changed the protocol, and ties the two connections together. */
export function handOver(
  client: UpgradeRequest,
  { response, socket, head }: Extract<KubeletUpgrade, { kind: 'upgraded' }>,
): ApiResponse {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let i = 0; i < response.rawHeaders.length; i += 2)
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  client.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) client.socket.write(head);
  if (client.head.length > 0) socket.write(client.head);
  tie(client.socket, socket);
  return { status: 101, headers: {}, body: { kind: 'upgraded' } };
}

/** What one side sends the other gets, to the last byte; when one is gone so is the other. */
export function tie(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => {
      if (!from.readableEnded || to.writableFinished) return void to.destroy();
      to.once('finish', () => to.destroy());
      to.resume(); // nobody is left to read what it says
    });
    from.pipe(to);
  }
}

const maxErrorBytes = 64 * 1024;

/** What a kubelet complained of, as the client is told: 400 is the client's mistake, 404 stays, all else is ours. */
export async function errorOf(response: IncomingMessage): Promise<ApiError> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > maxErrorBytes) break;
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8').trim();
  switch (response.statusCode) {
    case 400:
      return badRequest(text);
    case 403:
      return new ApiError('Forbidden', text);
    case 404:
      return new ApiError('NotFound', text || 'the server could not find the requested resource');
    default:
      return new ApiError(
        'InternalError',
        `an error on the server (${JSON.stringify(text || 'unknown')}) has prevented the request from succeeding`,
      );
  }
}
