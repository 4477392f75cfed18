import type { Random } from '../../component/random.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import {
  isFilter,
  isScore,
  type ClusterView,
  type FilterPlugin,
  type Normalize,
  type Plugin,
  type ScorePlugin,
} from './plugin.ts';
import type { ReadonlyPod } from './readonly-pod.ts';

/** Where a pod goes, or why it goes nowhere: every node with the reason of the plugin that refused it. */
export type Decision =
  | { readonly kind: 'node'; readonly node: NodeInfo; readonly evaluated: number; readonly feasible: number }
  | { readonly kind: 'none'; readonly diagnosis: Diagnosis };

export interface Diagnosis {
  readonly nodes: number;
  /** How many nodes were refused for each reason. A node may have several. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Plugins that refused some node: only what concerns them is worth another try. */
  readonly plugins: ReadonlySet<string>;
  /** Nodes from which pods of lower priority could be taken to make room. */
  readonly preemptionMayHelp: readonly NodeInfo[];
}

/** Below this many feasible nodes the search goes on to the end; beyond it, it stops at a share of all (upstream's numbers). */
const minFeasibleNodes = 100;

/**
 * Filters nodes until enough fit, scores those and chooses the best, one of the best by chance. `start` is the node to
 * begin with, so that in a large cluster all nodes get their turn.
 */
export function findNode(
  pod: ReadonlyPod,
  view: ClusterView,
  plugins: readonly Plugin[],
  options: { readonly start: number; readonly random: Random },
): Decision {
  const { nodes } = view;
  const filters = plugins.filter(isFilter).flatMap((plugin) => {
    if (!plugin.prepareFilter) return [{ plugin, prepared: undefined as unknown }];
    const prepared = plugin.prepareFilter(pod, view);
    return prepared === undefined ? [] : [{ plugin, prepared }];
  });
  const enough = enoughNodes(nodes.length);
  const feasible: NodeInfo[] = [];
  const reasons = new Map<string, number>();
  const refusing = new Set<string>();
  const preemptionMayHelp: NodeInfo[] = [];
  let evaluated = 0;
  for (; evaluated < nodes.length && feasible.length < enough; evaluated++) {
    const info = nodes[(options.start + evaluated) % nodes.length]!;
    const no = firstRefusal(pod, info, filters);
    if (!no) feasible.push(info);
    else {
      refusing.add(no.plugin);
      for (const reason of no.reason.split(', ')) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (no.preemptionMayHelp) preemptionMayHelp.push(info);
    }
  }
  if (feasible.length === 0)
    return { kind: 'none', diagnosis: { nodes: nodes.length, reasons, plugins: refusing, preemptionMayHelp } };
  const node =
    feasible.length === 1 ? feasible[0]! : best(pod, feasible, view, plugins.filter(isScore), options.random);
  return { kind: 'node', node, evaluated, feasible: feasible.length };
}

function firstRefusal(
  pod: ReadonlyPod,
  info: NodeInfo,
  filters: readonly { readonly plugin: FilterPlugin; readonly prepared: unknown }[],
): { readonly plugin: string; readonly reason: string; readonly preemptionMayHelp: boolean } | undefined {
  for (const { plugin, prepared } of filters) {
    const verdict = plugin.filter(pod, info, prepared);
    if (verdict.kind === 'rejected')
      return { plugin: plugin.name, reason: verdict.reason, preemptionMayHelp: verdict.preemptionMayHelp };
  }
  return undefined;
}

/** All of a small cluster; of a large one 50% falling to 5% with its size (upstream's `numFeasibleNodesToFind`). */
export function enoughNodes(nodes: number): number {
  if (nodes < minFeasibleNodes) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(minFeasibleNodes, Math.floor((nodes * percent) / 100));
}

function best(
  pod: ReadonlyPod,
  nodes: readonly NodeInfo[],
  view: ClusterView,
  scorers: readonly ScorePlugin[],
  random: Random,
): NodeInfo {
  const totals = new Float64Array(nodes.length);
  for (const plugin of scorers) {
    let prepared: unknown;
    if (plugin.prepareScore) {
      prepared = plugin.prepareScore(pod, nodes, view);
      if (prepared === undefined) continue;
    }
    const scores = nodes.map((info) => plugin.score(pod, info, prepared));
    const normalized = plugin.normalize ? normalize(scores, plugin.normalize) : scores;
    for (let i = 0; i < nodes.length; i++) totals[i]! += normalized[i]! * plugin.weight;
  }
  let chosen = 0;
  let ties = 1;
  for (let i = 1; i < nodes.length; i++) {
    if (totals[i]! > totals[chosen]!) {
      chosen = i;
      ties = 1;
    } else if (totals[i] === totals[chosen]) {
      ties += 1;
      if (random.next() * ties < 1) chosen = i; // each of the best is as likely as the others
    }
  }
  return nodes[chosen]!;
}

/** Brings scores to 0..100. Equal scores tell nothing: they are all 100, or all 0 where there is nothing to prefer. */
function normalize(scores: readonly number[], how: Normalize): readonly number[] {
  if (typeof how === 'function') return how(scores);
  let [min, max] = [0, -Infinity];
  for (const score of scores) {
    min = Math.min(min, score);
    max = Math.max(max, score);
  }
  const range = max - min;
  if (range === 0) return scores.map(() => (how === 'lowerIsBetter' ? 100 : 0));
  return scores.map((score) => {
    const share = Math.floor(((score - min) * 100) / range);
    return how === 'higherIsBetter' ? share : 100 - share;
  });
}

/** The message of FailedScheduling, with upstream's wording: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function diagnosisMessage({ nodes, reasons }: Diagnosis): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const parts = [...reasons].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`;
}
