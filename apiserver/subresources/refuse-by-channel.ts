import type { IncomingMessage } from 'node:http';
import { ApiError, internalError } from '../../api/meta/errors.ts';
import type { Status } from '../../api/schema/generated/meta-v1.ts';
import type { Clock } from '../../component/clock.ts';
import { acceptRemoteCommand } from '../../component/streams/remote-command.ts';
import type { ApiResponse, UpgradeRequest } from '../request.ts';
import { bodyOf } from './relay.ts';

/** Clients of this protocol learn on the error channel why nothing runs: upstream answers them before it asks the kubelet. */
const version5 = 'v5.channel.k8s.io';

/** Does the client offer version 5 of the protocol by WebSocket, which has a channel for errors and can be closed half? */
export function speaksVersion5({ protocol, incoming }: UpgradeRequest): boolean {
  const offers = incoming.headers['sec-websocket-protocol'] ?? '';
  return protocol.toLowerCase() === 'websocket' && offers.split(',').some((offer) => offer.trim() === version5);
}

/** Why the kubelet refused to upgrade: its Status where it sent one, else its text. */
export async function refusalOf(response: IncomingMessage): Promise<ApiError> {
  const text = (await bodyOf(response)).toString('utf8').trim();
  try {
    const status = JSON.parse(text) as Status;
    if (status.kind === 'Status') return ApiError.fromStatus(status, response.statusCode!);
  } catch {
    // not JSON: the text says it
  }
  return internalError(new Error(`unable to upgrade connection: ${text}`));
}

/** Accepts the client's WebSocket, tells it the failure and closes it. */
export async function refuseByChannel(client: UpgradeRequest, error: ApiError, clock: Clock): Promise<ApiResponse> {
  const streams = await acceptRemoteCommand(
    { request: client.incoming, socket: client.socket, head: client.head },
    { stdin: false, stdout: false, stderr: false, tty: false },
    (ms, run) => clock.after(ms, run),
  );
  const { kind: _kind, apiVersion: _apiVersion, ...status } = error.toStatus();
  await streams?.finish(status);
  return { status: 101, headers: {}, body: { kind: 'upgraded' } };
}
