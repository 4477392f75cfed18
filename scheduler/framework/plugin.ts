import type { NodeInfo } from '../snapshot/node-info.ts';
import type { PodGroups } from '../snapshot/pod-groups.ts';
import type { ReadonlyPod } from './readonly-pod.ts';

/** What a filter says of a pod on a node; the reason's wording is visible in events. */
export type Verdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'rejected'; readonly reason: string; readonly preemptionMayHelp: boolean };

export const fits: Verdict = { kind: 'fits' };
/** No pod that goes away would change this no. */
export const unresolvable = (reason: string): Verdict => ({ kind: 'rejected', reason, preemptionMayHelp: false });
/** A no that pods going away may turn into a yes: preemption looks at the node. */
export const rejected = (reason: string): Verdict => ({ kind: 'rejected', reason, preemptionMayHelp: true });

/** What a plugin sees of the cluster: the nodes as of the beginning of the cycle. */
export interface ClusterView {
  readonly nodes: readonly NodeInfo[];
  /** The pods on them, those that look the same to selectors taken together. */
  readonly groups: PodGroups;
}

interface Named {
  /** Upstream's name: `NodeResourcesFit`. */
  readonly name: string;
}

/** Work that is the same for all nodes, done once a cycle; its result is handed to `filter` and `score`. */
export interface FilterPlugin<Prepared = unknown> extends Named {
  /** undefined: this plugin has nothing to say about the pod, its filter is not called. */
  prepareFilter?(pod: ReadonlyPod, view: ClusterView): Prepared | undefined;
  filter(pod: ReadonlyPod, info: NodeInfo, prepared: Prepared): Verdict;
}

export type Normalize = 'higherIsBetter' | 'lowerIsBetter' | ((scores: readonly number[]) => readonly number[]);

export interface ScorePlugin<Prepared = unknown> extends Named {
  /** Weight of its score among the others. */
  readonly weight: number;
  prepareScore?(pod: ReadonlyPod, nodes: readonly NodeInfo[], view: ClusterView): Prepared | undefined;
  /** Any number; `normalize` brings it to 0..100, where 100 is best. */
  score(pod: ReadonlyPod, info: NodeInfo, prepared: Prepared): number;
  /** Absent: scores are within 0..100 already. A function brings them there itself. */
  readonly normalize?: Normalize;
}

/** A plugin implements the extension points it needs. */
export type Plugin = FilterPlugin | ScorePlugin | (FilterPlugin & ScorePlugin);

/** Keeps the type of what a plugin prepares between its own methods; the framework does not look into it. */
export function definePlugin<FilterState = unknown, ScoreState = FilterState>(
  plugin: FilterPlugin<FilterState> | ScorePlugin<ScoreState> | (FilterPlugin<FilterState> & ScorePlugin<ScoreState>),
): Plugin {
  return plugin as Plugin;
}

/** Does the plugin say which nodes fit? */
export function isFilter(plugin: Plugin): plugin is FilterPlugin {
  return 'filter' in plugin;
}

/** Does the plugin say which nodes are better? */
export function isScore(plugin: Plugin): plugin is ScorePlugin {
  return 'score' in plugin;
}
