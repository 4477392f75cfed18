import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Node } from '../../api/schema/generated/core-v1.ts';

/** Nodes a second that get NoExecute taints, by the state of their zone (upstream's defaults). */
const healthyQps = 0.1;
const reducedQps = 0.01;
/** Zones of no more nodes than this stop altogether where a large one slows down. */
const largeClusterThreshold = 50;
const unhealthyThreshold = 0.55;

interface Zone {
  ready: number;
  notReady: number;
}

/** Which nodes are ready, by zone: what many failures at once say about the network rather than about the nodes. */
export class NodeZones {
  readonly #nodes = new Map<string, { readonly zone: string; readonly isReady: boolean }>();
  readonly #zones = new Map<string, Zone>();

  set(name: string, zone: string, isReady: boolean): void {
    const before = this.#nodes.get(name);
    if (before?.zone === zone && before.isReady === isReady) return;
    this.delete(name);
    this.#nodes.set(name, { zone, isReady });
    const counts = this.#zones.get(zone) ?? { ready: 0, notReady: 0 };
    counts[isReady ? 'ready' : 'notReady'] += 1;
    this.#zones.set(zone, counts);
  }

  delete(name: string): void {
    const before = this.#nodes.get(name);
    if (!before) return;
    this.#nodes.delete(name);
    const counts = this.#zones.get(before.zone)!;
    counts[before.isReady ? 'ready' : 'notReady'] -= 1;
    if (counts.ready + counts.notReady === 0) this.#zones.delete(before.zone);
  }

  /** No node of any zone is ready: it is most likely this side that is cut off, and no pod is evicted. */
  get isAllDisrupted(): boolean {
    return this.#zones.size > 0 && [...this.#zones.values()].every(({ ready }) => ready === 0);
  }

  /** How many nodes of the zone may lose their pods, a second. */
  qpsOf(zone: string): number {
    if (this.isAllDisrupted) return 0;
    const { ready, notReady } = this.#zones.get(zone) ?? { ready: 0, notReady: 0 };
    const isPartlyDisrupted = ready > 0 && notReady > 2 && notReady / (ready + notReady) >= unhealthyThreshold;
    if (!isPartlyDisrupted) return healthyQps;
    return this.#nodes.size > largeClusterThreshold ? reducedQps : 0;
  }
}

/** Region and zone of a node, as one key; nodes without labels are of one zone together. */
export function zoneOf({ metadata: { labels } }: DeepReadonly<Node>): string {
  const region = labels?.['topology.kubernetes.io/region'] ?? labels?.['failure-domain.beta.kubernetes.io/region'];
  const zone = labels?.['topology.kubernetes.io/zone'] ?? labels?.['failure-domain.beta.kubernetes.io/zone'];
  return `${region ?? ''}/${zone ?? ''}`;
}
