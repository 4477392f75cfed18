/**
 * `npm run bench:admission -- [--servers N] [--rounds N] [--pods N] [--warm-up N]`: what rights and admission cost. Two API servers, each
 * on an etcd of its own, one with RBAC and all admission, one with none; both are asked in turn to create pods for somebody
 * who is no administrator, in an order that changes from round to round, so that neither has the better minutes. The first
 * creates are not counted: what a server does for the first time it does in code that is not compiled yet. Two processes
 * with the same flags differ by up to a tenth for as long as they live, so that several such pairs are asked, begun in
 * turns; a machine that others use, too, differs more than that from second to second, so that rounds are short and many.
 * Falls are medians over all rounds, each held against its neighbour.
 */
import { parseArgs } from 'node:util';
import { completePod, plainPod } from './pods.ts';
import type { Guards } from './guards.ts';
import { startLoadedServer, type LoadedServer, type Round } from './loaded-server.ts';
import { formatReport } from './report.ts';

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '12' },
    'warm-up': { type: 'string', default: '3000' },
    pods: { type: 'string', default: '500' },
    concurrency: { type: 'string', default: '32' },
  },
});
const given = [values.servers, values.rounds, values.pods, values.concurrency, values['warm-up']];
const [pairCount, roundCount, count, concurrency, warmUp] = given.map((text) => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`bench:admission: ${text} is no whole number above 0`);
  return Number(text);
}) as [number, number, number, number, number];

const kinds = [
  { pods: 'pods that say all', manifest: completePod },
  { pods: 'pods that admission completes', manifest: plainPod },
];

type Rounds = Record<Guards, Round[]>;

const comparisons = kinds.map(({ pods, manifest }) => ({ pods, manifest, rounds: { all: [], none: [] } as Rounds }));
const servers = new Map<Guards, LoadedServer>();

const stopAll = async (): Promise<void> => {
  await Promise.all([...servers.values()].map((server) => server.stop()));
  servers.clear();
};

/** Either first, by turns. */
const inTurns = (turn: number): readonly Guards[] => (turn % 2 === 0 ? ['all', 'none'] : ['none', 'all']);

async function measurePair(pair: number): Promise<void> {
  for (const guards of inTurns(pair)) servers.set(guards, await startLoadedServer(guards));
  for (const { manifest } of comparisons)
    for (const server of servers.values()) await server.round({ count: warmUp, concurrency, manifest });
  for (let round = 0; round < roundCount; round++) {
    for (const { pods, manifest, rounds } of comparisons) {
      for (const guards of inTurns(pair + round)) {
        const result = await servers.get(guards)!.round({ count, concurrency, manifest });
        rounds[guards].push(result);
        process.stderr.write(`${pods}, ${guards}: ${result.perSecond.toFixed(0)} creates a second\n`);
      }
    }
  }
  await stopAll();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(1)));
}
try {
  for (let pair = 0; pair < pairCount; pair++) await measurePair(pair);
  process.stdout.write(`${formatReport(comparisons)}\n`);
} finally {
  await stopAll();
}
