import type { ReadonlyPod } from '../framework/readonly-pod.ts';
import type { NodeInfo } from './node-info.ts';
import { podAffinityOf, type PodAffinity, type Selectable } from './pod-affinity.ts';

/** Pods that no selector can tell apart: of one namespace, with the same labels and the same affinity. */
export interface PodGroup extends Selectable {
  readonly isTerminating: boolean;
  readonly affinity: PodAffinity | undefined;
  /** How many of them each node has. */
  readonly nodes: ReadonlyMap<NodeInfo, number>;
}

interface Group extends PodGroup {
  readonly key: string;
  readonly nodes: Map<NodeInfo, number>;
}

/**
 * Pods on nodes, grouped. A cluster has many pods and few kinds of them: what spreads pods or keeps them apart asks
 * each group once, instead of every pod of every node.
 */
export class PodGroups {
  readonly #groups = new Map<string, Group>();
  readonly #withAffinity = new Set<Group>();
  readonly #byPod = new Map<string, { readonly group: Group; readonly info: NodeInfo }>();

  all(): Iterable<PodGroup> {
    return this.#groups.values();
  }

  /** Those that want, or do not want, to be near others. */
  withAffinity(): Iterable<PodGroup> {
    return this.#withAffinity;
  }

  /** The pod is on the node, as it is now; wherever it was before. */
  add(pod: ReadonlyPod, info: NodeInfo): void {
    this.remove(pod.metadata.uid!);
    const group = this.#groupOf(pod);
    group.nodes.set(info, (group.nodes.get(info) ?? 0) + 1);
    this.#byPod.set(pod.metadata.uid!, { group, info });
  }

  remove(uid: string): void {
    const known = this.#byPod.get(uid);
    if (!known) return;
    this.#byPod.delete(uid);
    const { group, info } = known;
    const left = group.nodes.get(info)! - 1;
    if (left > 0) group.nodes.set(info, left);
    else group.nodes.delete(info);
    if (group.nodes.size > 0) return;
    this.#groups.delete(group.key);
    this.#withAffinity.delete(group);
  }

  #groupOf(pod: ReadonlyPod): Group {
    const { namespace = '', labels, deletionTimestamp } = pod.metadata;
    const isTerminating = deletionTimestamp !== undefined;
    const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
    const key = JSON.stringify([namespace, labels, isTerminating, podAffinity, podAntiAffinity]);
    const known = this.#groups.get(key);
    if (known) return known;
    const affinity = podAffinityOf(pod);
    const group: Group = { key, namespace, labels, isTerminating, affinity, nodes: new Map() };
    this.#groups.set(key, group);
    if (affinity) this.#withAffinity.add(group);
    return group;
  }
}
