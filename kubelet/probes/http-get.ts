import { httpGet } from '../lifecycle/http-action.ts';
import type { ProbeKind } from './probe-kind.ts';

/** GET; a status from 200 to 399 is success, also a redirect to another host. */
export const httpGetProbe: ProbeKind = {
  name: 'httpGet',
  supports: (probe) => probe.httpGet !== undefined,
  ask: async (probe, target, signal) => {
    try {
      const { status, body } = await httpGet(
        probe.httpGet!,
        target,
        { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' },
        signal,
      );
      if (status >= 200 && status < 400) return { isSuccess: true, output: body };
      return { isSuccess: false, output: `HTTP probe failed with statuscode: ${status}` };
    } catch (error) {
      return { isSuccess: false, output: (error as Error).message };
    }
  },
};
