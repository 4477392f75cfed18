/**
 * `npm run bench:admission -- [--rounds N] [--pods N]`: what rights and admission cost. Two API servers, each on an etcd
 * of its own, one with RBAC and all admission, one with none; both are asked in turn to create pods for somebody who is no
 * administrator, in an order that changes from round to round, so that neither has the better minutes. Rates are
 * medians over the rounds, and each round is held against its neighbour; a first round at each is not counted.
 */
import { parseArgs } from 'node:util';
import { completePod, plainPod } from './pods.ts';
import type { Guards } from './guards.ts';
import { startLoadedServer, type LoadedServer, type Round } from './loaded-server.ts';
import { formatReport } from './report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    pods: { type: 'string', default: '1500' },
    concurrency: { type: 'string', default: '32' },
  },
});
const [roundCount, count, concurrency] = [values.rounds, values.pods, values.concurrency].map((text) => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`bench:admission: ${text} is no whole number above 0`);
  return Number(text);
}) as [number, number, number];

const kinds = [
  { pods: 'pods that say all', manifest: completePod },
  { pods: 'pods that admission completes', manifest: plainPod },
];

type Rounds = Record<Guards, Round[]>;

const servers = new Map<Guards, LoadedServer>();
const stopAll = async (): Promise<void> => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(1)));
}
try {
  for (const guards of ['all', 'none'] as const) servers.set(guards, await startLoadedServer(guards));
  const comparisons = kinds.map(({ pods, manifest }) => ({ pods, manifest, rounds: { all: [], none: [] } as Rounds }));
  for (let round = -1; round < roundCount; round++) {
    const order = round % 2 === 0 ? (['all', 'none'] as const) : (['none', 'all'] as const);
    for (const { pods, manifest, rounds } of comparisons) {
      for (const guards of order) {
        const result = await servers.get(guards)!.round({ count, concurrency, manifest });
        if (round >= 0) rounds[guards].push(result);
        process.stderr.write(`${pods}, ${guards}: ${result.perSecond.toFixed(0)} creates a second\n`);
      }
    }
  }
  process.stdout.write(`${formatReport(comparisons)}\n`);
} finally {
  await stopAll();
}
