import { readdirSync, readFileSync } from 'node:fs';
import { run } from './run.ts';

/** The processes of this host that name a folder on their command line, by number. */
export function processesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir);
      } catch {
        return false; // it has ended meanwhile
      }
    });
}

/** The ids of the containers that a cluster's kubelet made, running or not. */
export async function containersOf(dataDir: string): Promise<string[]> {
  const label = `label=k8ts.io/kubelet=${dataDir}/kubelet`;
  const { stdout } = await run('docker', ['ps', '-aq', '--no-trunc', '--filter', label]);
  return stdout.split('\n').filter(Boolean).sort();
}

/** What stands mounted below a folder. */
export function mountsOf(dataDir: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${dataDir}/`));
}

/** The chains and rules of iptables that name chains of a prefix, without their counters. */
export async function iptablesOf(prefix: string): Promise<string[]> {
  const { stdout } = await run('iptables-save', []);
  return stdout
    .split('\n')
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''))
    .filter((line) => new RegExp(`^(:| *-).*\\b${prefix}-`).test(line))
    .sort();
}
