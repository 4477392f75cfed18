import { runInContainer } from '../lifecycle/run-in-container.ts';
import type { ProbeKind } from './probe-kind.ts';

/** A command in the container; exit code 0 is success. */
export const execProbe: ProbeKind = {
  name: 'exec',
  supports: (probe) => probe.exec !== undefined,
  ask: async (probe, { runtime, containerId }, signal) => {
    const { exitCode, output } = await runInContainer(runtime, containerId, probe.exec!.command ?? [], signal);
    return { isSuccess: exitCode === 0, output };
  },
};
