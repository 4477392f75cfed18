import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest, internalError, type StatusReason } from '../../api/meta/errors.ts';
import type { ApiResponse, UpgradeRequest } from '../request.ts';
import { offeredProtocols } from '../authenticators/bearer-token.ts';
import { unknownError } from '../kubelets/connection-error.ts';
import type { KubeletUpgrade } from '../kubelets/kubelet-client.ts';

/** Headers that belong to the protocol asked for; nothing else of the client's (its token least of all) is passed on. */
const passedOn = [
  'upgrade',
  'connection',
  'x-stream-protocol-version',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
];

/** The headers of an upgrade as the kubelet gets them. */
export function upgradeHeaders({ incoming: { headers } }: UpgradeRequest): Record<string, string | string[]> {
  const sent = passedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  const protocols = offeredProtocols(headers['sec-websocket-protocol']);
  return {
    ...Object.fromEntries(sent),
    ...(protocols.length > 0 ? { 'sec-websocket-protocol': protocols.join(', ') } : {}),
  };
}

/**
 * Hands the kubelet's answer to the client: ties the two connections together where the protocol was changed, and passes
 * on as it is what the kubelet complains of.
 *
 * @throws ApiError Unknown (500) for an answer that is neither
 */
export async function relayUpgrade(client: UpgradeRequest, answer: KubeletUpgrade): Promise<ApiResponse> {
  if (answer.kind === 'upgraded') return handOver(client, answer);
  const { statusCode = 500, headers } = answer.response;
  if (statusCode < 400) {
    answer.response.destroy();
    throw unknownError(`invalid upgrade response: status code ${statusCode}`);
  }
  const body = await bodyOf(answer.response);
  const type = headers['content-type'];
  return {
    status: statusCode,
    headers: type === undefined ? {} : { 'content-type': type },
    body: { kind: 'bytes', chunks: [body] },
  };
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
function tie(a: Duplex, b: Duplex): void {
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

/** The body of an answer that is an error: all of it, or its beginning where it is long. */
export async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= maxErrorBytes) break;
  }
  return Buffer.concat(chunks, Math.min(size, maxErrorBytes));
}

/** What a client of `pods/NAME/log` is told of a kubelet's refusal. */
export async function logErrorOf(response: IncomingMessage, name: string): Promise<ApiError> {
  const text = (await bodyOf(response)).toString('utf8');
  const code = response.statusCode!;
  if (code === 500) return internalError(new Error(text));
  if (code === 400) return badRequest(text);
  const [reason, message] = genericAnswer(code, text);
  return new ApiError(reason, `${message} ( pods/log ${name})`, { code, details: { name, kind: 'pods/log' } });
}

/** A server's answer of which nothing but the code is to be relied on, in the words that upstream has for it. */
function genericAnswer(code: number, text: string): readonly [StatusReason, string] {
  switch (code) {
    case 401:
      return ['Unauthorized', 'the server has asked for the client to provide credentials'];
    case 403:
      return ['Forbidden', text];
    case 404:
      return ['NotFound', 'the server could not find the requested resource'];
    case 405:
      return ['MethodNotAllowed', 'the server does not allow this method on the requested resource'];
    case 409:
      return ['Conflict', 'the server reported a conflict'];
    case 422:
      return ['Invalid', 'the server rejected our request due to an error in our request'];
    case 429:
      return ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'];
    case 503:
      return ['ServiceUnavailable', 'the server is currently unable to handle the request'];
    case 504:
      return [
        'Timeout',
        'the server was unable to return a response in the time allotted, but may still be processing the request',
      ];
    default:
      if (code >= 500)
        return [
          'InternalError',
          `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`,
        ];
      return ['Unknown', `the server responded with the status code ${code} but did not return more information`];
  }
}
