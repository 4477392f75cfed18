import { readFile } from 'node:fs/promises';

const CAP_SYS_RESOURCE = 24n;

/**
 * The least oom_score_adj a container may be given here: without CAP_SYS_RESOURCE a process may not make its children
 * safer than itself (proc(5)), and runc fails on it. The daemon is taken to have the rights this process has.
 */
export async function lowestOomScoreAdj(): Promise<number> {
  const [status, own] = await Promise.all([
    readFile('/proc/self/status', 'utf8'),
    readFile('/proc/self/oom_score_adj', 'utf8'),
  ]);
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return (effective >> CAP_SYS_RESOURCE) & 1n ? -1000 : Number(own);
}
