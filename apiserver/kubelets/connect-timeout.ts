import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../component/clock.ts';

/** Upstream's dialer waits as long. */
const connectTimeoutMs = 30_000;

/** Ends the request with ETIMEDOUT where the peer takes no connection in time; with TLS its handshake counts. */
export function limitConnecting(outgoing: ClientRequest, clock: Pick<Clock, 'after'>): void {
  const tooLate = Object.assign(new Error('the peer takes no connection'), { code: 'ETIMEDOUT' });
  const timer = clock.after(connectTimeoutMs, () => outgoing.destroy(tooLate));
  const cancel = (): void => timer.cancel();
  outgoing.once('socket', (socket: Socket) => socket.once('encrypted' in socket ? 'secureConnect' : 'connect', cancel));
  outgoing.once('close', cancel);
}
