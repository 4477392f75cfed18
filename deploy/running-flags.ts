import { readFileSync } from 'node:fs';
import { parseYaml } from '../component/yaml.ts';
import type { ClusterPaths, ComponentName } from './cluster-config.ts';
import { isAlive } from './process-identity.ts';
import { readSupervisorState } from './supervisor.ts';

/** The flags a process was started with. */
export interface RunningFlags {
  /** What the flag was set to; `true` for a bare one; undefined where it was not given. The last one counts. */
  get(name: string): string | undefined;
  /** Members of a list, of every time it was given. */
  list(name: string): readonly string[];
  /** A field of the file that `--config` names, by its path, where that is given. */
  configured(path: string): unknown;
}

/** The flags of a component as its process has them; undefined where it does not run. From /proc/PID/cmdline, proc(5). */
export function runningFlags(paths: ClusterPaths, component: ComponentName): RunningFlags | undefined {
  const identity = readSupervisorState(paths).components[component]?.identity;
  if (!identity || !isAlive(identity)) return undefined;
  try {
    return flagsOf(readFileSync(`/proc/${identity.pid}/cmdline`, 'utf8').split('\0').slice(0, -1));
  } catch {
    return undefined; // it ended meanwhile, which is as good as not running
  }
}

/** The flags of a command line. */
export function flagsOf(args: readonly string[]): RunningFlags {
  const flags = new Map<string, string[]>();
  args.forEach((arg, i) => {
    const [, name, value] = /^--?([A-Za-z][\w.-]*)(?:=([^]*))?$/.exec(arg) ?? [];
    if (name === undefined) return;
    const next = args[i + 1];
    const text = value ?? (next === undefined || next.startsWith('-') ? 'true' : next);
    flags.set(name, [...(flags.get(name) ?? []), text]);
  });
  let file: unknown;
  return {
    get: (name) => flags.get(name)?.at(-1),
    list: (name) => (flags.get(name) ?? []).flatMap((text) => text.split(',')).filter(Boolean),
    configured: (path) => {
      const config = flags.get('config')?.at(-1);
      if (!config) return undefined;
      file ??= parseYaml(readFileSync(config, 'utf8')) ?? {};
      return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], file);
    },
  };
}
