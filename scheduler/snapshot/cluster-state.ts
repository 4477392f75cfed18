import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Node } from '../../api/schema/generated/core-v1.ts';
import type { ClusterView } from '../framework/plugin.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';
import { NodeInfo } from './node-info.ts';
import { PodGroups } from './pod-groups.ts';

/**
 * The nodes with the pods on them, kept up to date event by event. A pod that was given to a node is `assumed` to be
 * there until the watch shows it, so that the next one does not get the same room.
 */
export class ClusterState implements ClusterView {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Pods on nodes that are not known (yet); they count when the node comes. */
  readonly #homeless = new Map<string, Map<string, ReadonlyPod>>();
  readonly #placed = new Map<string, string>();
  readonly #assumed = new Set<string>();
  readonly groups = new PodGroups();
  #list: NodeInfo[] | undefined;

  get nodes(): readonly NodeInfo[] {
    return (this.#list ??= [...this.#nodes.values()]);
  }

  setNode(node: DeepReadonly<Node>): void {
    const name = node.metadata.name!;
    const known = this.#nodes.get(name);
    if (known) return known.setNode(node);
    const info = new NodeInfo(node);
    this.#nodes.set(name, info);
    this.#list = undefined;
    for (const pod of this.#homeless.get(name)?.values() ?? []) this.#addTo(info, pod);
    this.#homeless.delete(name);
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    this.#nodes.delete(name);
    this.#list = undefined;
    for (const uid of info.pods.keys()) this.groups.remove(uid);
    if (info.pods.size > 0) this.#homeless.set(name, new Map(info.pods));
  }

  /** The watch shows the pod on its node. */
  setPod(pod: ReadonlyPod): void {
    this.#assumed.delete(pod.metadata.uid!);
    this.#place(pod, pod.spec!.nodeName!);
  }

  /** Gone, or finished: its room is free. */
  removePod(uid: string): void {
    this.#assumed.delete(uid);
    this.#takeOff(uid);
  }

  assume(pod: ReadonlyPod, node: string): void {
    this.#assumed.add(pod.metadata.uid!);
    this.#place(pod, node);
  }

  /** Binding failed: takes back `assume`, unless the watch has shown the pod on a node meanwhile. */
  forget(uid: string): void {
    if (this.#assumed.delete(uid)) this.#takeOff(uid);
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  #place(pod: ReadonlyPod, node: string): void {
    const uid = pod.metadata.uid!;
    if (this.#placed.get(uid) !== node) this.#takeOff(uid);
    this.#placed.set(uid, node);
    const info = this.#nodes.get(node);
    if (info) return this.#addTo(info, pod);
    const waiting = this.#homeless.get(node) ?? new Map<string, ReadonlyPod>();
    this.#homeless.set(node, waiting.set(uid, pod));
  }

  #addTo(info: NodeInfo, pod: ReadonlyPod): void {
    info.addPod(pod);
    this.groups.add(pod, info);
  }

  #takeOff(uid: string): void {
    const node = this.#placed.get(uid);
    if (node === undefined) return;
    this.#placed.delete(uid);
    this.#nodes.get(node)?.removePod(uid);
    this.groups.remove(uid);
    const waiting = this.#homeless.get(node);
    if (waiting?.delete(uid) && waiting.size === 0) this.#homeless.delete(node);
  }
}
