import { connect } from 'node:net';
import { actionPort, dialError } from '../lifecycle/http-action.ts';
import type { ProbeKind } from './probe-kind.ts';

/** A connection that is accepted is success; it is closed at once. */
export const tcpSocketProbe: ProbeKind = {
  name: 'tcpSocket',
  supports: (probe) => probe.tcpSocket !== undefined,
  ask: async (probe, { container, podIp }, signal) => {
    const host = probe.tcpSocket!.host || podIp;
    const port = actionPort(container, probe.tcpSocket!.port);
    try {
      await new Promise<void>((resolve, reject) => {
        const socket = connect({ host, port });
        const stop = (): void => void socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' }));
        signal.addEventListener('abort', stop, { once: true });
        socket.once('connect', () => {
          signal.removeEventListener('abort', stop);
          // Reset rather than closed, so that no connection lingers in TIME-WAIT for each probe.
          socket.resetAndDestroy();
          resolve();
        });
        socket.once('error', reject);
      });
      return { isSuccess: true, output: '' };
    } catch (error) {
      return { isSuccess: false, output: dialError(error, host, port) };
    }
  },
};
