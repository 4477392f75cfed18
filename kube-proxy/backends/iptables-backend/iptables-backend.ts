import { counter, gauge, histogram } from '../../../component/metrics.ts';
import type { Deps } from '../../../component/deps.ts';
import type { Logger } from '../../../component/logger.ts';
import type { ServicePort } from '../../service-table.ts';
import type { BackendEntry, BackendOptions, ProxyBackend } from '../proxy-backend.ts';
import { runProgram, type Run } from '../run-program.ts';
import { chainNames } from './chain-names.ts';
import { prepareKernel } from './prepare-kernel.ts';
import { planJumps, planRules, tables, type Ruleset, type TableName } from './plan-rules.ts';
import { parseSaved, restoreText, type SavedTable } from './restore-text.ts';
import { staleUdpFlows } from './stale-flows.ts';

/** Seconds to wait for the lock that iptables programs share. */
const lockWait = '5';
/** How often the kernel is asked whether our rules still stand (somebody may have flushed them). */
const checkEveryMs = 30_000;

/** Services by iptables rules, with upstream's chains. */
export const iptablesBackend = defineIptablesBackend(runProgram);

/** The backend that runs its programs by `run`. */
export function defineIptablesBackend(run: Run): BackendEntry {
  return {
    name: 'iptables',
    unavailable: async () => {
      try {
        await run('iptables-restore', ['--version']);
        await run('iptables', ['-w', lockWait, '-t', 'nat', '-S', 'POSTROUTING']);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    create: (options, deps) => new IptablesBackend(run, options, deps),
    cleanup: async (options) => {
      const names = chainNames(options.chainPrefix);
      const shared = planRules([], options);
      const ours = (table: TableName, chain: string): boolean => names.isOwned(chain) || shared[table].has(chain);
      for (const table of tables) {
        const saved = await save(run, table);
        const chains = saved.chains.filter((chain) => ours(table, chain));
        if (chains.length === 0) continue;
        const jumps = saved.rules.filter((rule) => {
          const target = /-j (\S+)$/.exec(rule)?.[1];
          return target !== undefined && ours(table, target) && !ours(table, rule.split(' ')[0]!);
        });
        const lines = [
          `*${table}`,
          ...chains.map((chain) => `:${chain} - [0:0]`),
          ...jumps.map((rule) => `-D ${rule}`),
          ...chains.map((chain) => `-X ${chain}`),
          'COMMIT',
          '',
        ];
        await restore(run, lines.join('\n'));
      }
    },
  };
}

class IptablesBackend implements ProxyBackend {
  readonly name = 'iptables';
  readonly #run: Run;
  readonly #options: BackendOptions;
  readonly #deps: Deps;
  readonly #metrics: ReturnType<typeof createMetrics>;
  #programmed: Ruleset | undefined;
  #table: readonly ServicePort[] = [];
  #checkedAtMs = 0;
  #isKernelPrepared = false;

  constructor(run: Run, options: BackendOptions, deps: Deps) {
    this.#run = run;
    this.#options = options;
    this.#deps = deps;
    this.#metrics = createMetrics(deps);
  }

  async sync(table: readonly ServicePort[]): Promise<void> {
    const { clock, log } = this.#deps;
    const startedMs = clock.monotonicMs();
    if (!this.#isKernelPrepared) {
      await prepareKernel(this.#run, this.#options, log);
      this.#isKernelPrepared = true;
    }
    if (this.#programmed && startedMs - this.#checkedAtMs > checkEveryMs && !(await this.#rulesStand())) {
      log.warn('rules were changed by somebody else, writing all of them again');
      this.#programmed = undefined;
    }
    const isFull = this.#programmed === undefined;
    const desired = planRules(table, this.#options);
    try {
      const { leftOver, jumps } = isFull ? await this.#readKernel() : { leftOver: { nat: [], filter: [] }, jumps: [] };
      const text = restoreText({ desired, programmed: this.#programmed, leftOver, jumps });
      if (text) await restore(this.#run, text);
    } catch (error) {
      this.#programmed = undefined; // not known any more: the next sync reads the kernel
      this.#metrics.failures.inc();
      throw error;
    }
    this.#programmed = desired;
    if (isFull) this.#checkedAtMs = startedMs;
    const stale = staleUdpFlows(this.#table, table);
    this.#table = table;
    for (const flow of stale) await deleteFlows(this.#run, flow, log);
    for (const name of tables)
      this.#metrics.rules.set(
        { table: name },
        [...desired[name].values()].reduce((sum, rules) => sum + rules.length, 0),
      );
    this.#metrics.duration.observe((clock.monotonicMs() - startedMs) / 1000);
    this.#metrics.lastSync.set(clock.now() / 1000);
    if (log.enabled('debug'))
      log.debug('rules synced', { full: isFull, services: table.length, ms: clock.monotonicMs() - startedMs });
  }

  async stop(): Promise<void> {}

  /** Our chains in the kernel, and the jumps into them that are missing from the built-in chains. */
  async #readKernel(): Promise<{ leftOver: Record<TableName, string[]>; jumps: ReturnType<typeof planJumps> }> {
    const names = chainNames(this.#options.chainPrefix);
    const saved = { nat: await save(this.#run, 'nat'), filter: await save(this.#run, 'filter') };
    const owned = (table: TableName): string[] => saved[table].chains.filter((chain) => names.isOwned(chain));
    return { leftOver: { nat: owned('nat'), filter: owned('filter') }, jumps: missingJumps(saved, this.#options) };
  }

  async #rulesStand(): Promise<boolean> {
    this.#checkedAtMs = this.#deps.clock.monotonicMs();
    const names = chainNames(this.#options.chainPrefix);
    const saved = { nat: await save(this.#run, 'nat'), filter: await save(this.#run, 'filter') };
    const expected = this.#programmed!;
    return (
      missingJumps(saved, this.#options).length === 0 &&
      tables.every((table) => {
        const there = new Set(saved[table].chains);
        return [...expected[table].keys()].every((chain) => there.has(chain));
      }) &&
      saved.nat.rules.filter((rule) => rule.startsWith(`${names.services} `)).length ===
        expected.nat.get(names.services)!.length
    );
  }
}

function missingJumps(saved: Record<TableName, SavedTable>, options: BackendOptions): ReturnType<typeof planJumps> {
  return planJumps(options).filter(({ table, from, rule }) => !saved[table].rules.includes(`${from} ${rule}`));
}

async function save(run: Run, table: TableName): Promise<SavedTable> {
  return parseSaved(await run('iptables-save', ['-t', table]));
}

async function restore(run: Run, text: string): Promise<void> {
  await run('iptables-restore', ['--noflush', '-w', lockWait], text);
}

/** Forgets connections of a protocol without connections, which would go on to an endpoint that is gone. conntrack(8) fails where there is none. */
async function deleteFlows(run: Run, args: readonly string[], log: Logger): Promise<void> {
  await run('conntrack', ['-D', '-p', 'udp', ...args]).catch((error: Error) => {
    // The rules stand; such flows end by themselves when they have been idle for a while.
    if (!/0 flow entries/.test(error.message))
      log.warn('cannot delete stale UDP flows', { flow: args.join(' '), error });
  });
}

function createMetrics({ metrics }: Deps) {
  const prefix = 'kubeproxy_sync_proxy_rules';
  return {
    duration: histogram(metrics, {
      name: `${prefix}_duration_seconds`,
      help: 'SyncProxyRules latency in seconds',
      buckets: [
        0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384,
      ],
    }),
    lastSync: gauge(metrics, {
      name: `${prefix}_last_timestamp_seconds`,
      help: 'The last time proxy rules were successfully synced',
    }),
    rules: gauge(metrics, {
      name: `${prefix}_iptables_total`,
      help: 'Total number of iptables rules owned by kube-proxy',
      labelNames: ['table'],
    }),
    failures: counter(metrics, {
      name: `${prefix}_iptables_restore_failures_total`,
      help: 'Cumulative proxy iptables restore failures',
    }),
  };
}
