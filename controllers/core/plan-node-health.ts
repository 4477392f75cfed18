import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Lease } from '../../api/schema/generated/coordination-v1.ts';
import type { Node, NodeCondition, Taint } from '../../api/schema/generated/core-v1.ts';

type ReadonlyNode = DeepReadonly<Node>;
type Conditions = readonly DeepReadonly<NodeCondition>[];

/** When a node was last heard of, by this side's clock, and what it said then: only that it says something new counts. */
export interface NodeHealth {
  readonly uid: string;
  readonly heardMs: number;
  readonly heartbeat?: string;
  readonly renewTime?: string;
}

/** The first condition of the type; undefined where there is none, or there are no conditions yet. */
export function conditionOf(conditions: Conditions | undefined, type: string): DeepReadonly<NodeCondition> | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** What is known of the node after a look at it and its lease. A node that never said anything counts from its creation. */
export function observeNode(
  node: ReadonlyNode,
  lease: DeepReadonly<Lease> | undefined,
  before: NodeHealth | undefined,
  nowMs: number,
): NodeHealth {
  const { uid, creationTimestamp } = node.metadata;
  const ready = conditionOf(node.status?.conditions, 'Ready');
  const heartbeat = ready?.lastHeartbeatTime;
  const renewTime = lease?.spec?.renewTime;
  const known = before?.uid === uid ? before : undefined;
  const isNews = known
    ? (heartbeat !== known.heartbeat && ready?.status !== 'Unknown') ||
      (renewTime !== undefined && renewTime !== known.renewTime)
    : ready !== undefined;
  const heardMs = isNews ? nowMs : (known?.heardMs ?? Date.parse(creationTimestamp ?? ''));
  return { uid: uid!, heardMs, heartbeat, renewTime };
}

const kubeletConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Conditions of a node that has been silent for too long: what the kubelet would tell is unknown. Undefined: nothing to change. */
export function planSilentConditions(node: ReadonlyNode, now: string): NodeCondition[] | undefined {
  const conditions = (node.status?.conditions ?? []) as NodeCondition[];
  const planned = conditions.map((condition): NodeCondition =>
    kubeletConditions.includes(condition.type) && condition.status !== 'Unknown'
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime: now,
        }
      : condition,
  );
  const missing = kubeletConditions
    .filter((type) => !conditionOf(conditions, type))
    .map((type): NodeCondition => ({
      type,
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: node.metadata.creationTimestamp,
      lastTransitionTime: now,
    }));
  const isChanged = missing.length > 0 || planned.some((condition, i) => condition !== conditions[i]);
  return isChanged ? [...planned, ...missing] : undefined;
}

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const unschedulable = 'node.kubernetes.io/unschedulable';

const taintOfCondition: readonly { readonly type: string; readonly status: string; readonly key: string }[] = [
  { type: 'Ready', status: 'False', key: notReady },
  { type: 'Ready', status: 'Unknown', key: unreachable },
  { type: 'MemoryPressure', status: 'True', key: 'node.kubernetes.io/memory-pressure' },
  { type: 'DiskPressure', status: 'True', key: 'node.kubernetes.io/disk-pressure' },
  { type: 'NetworkUnavailable', status: 'True', key: 'node.kubernetes.io/network-unavailable' },
  { type: 'PIDPressure', status: 'True', key: 'node.kubernetes.io/pid-pressure' },
];

/**
 * May pods be driven off nodes that are not ready: where `allow` says so (asked once, for a node that has no such taint
 * yet), or not even off those that have one (`clear`).
 */
export type Eviction = { readonly kind: 'clear' } | { readonly kind: 'limited'; readonly allow: () => boolean };

export interface TaintPlan {
  /** All taints of the node; undefined where they are right as they are. */
  readonly taints?: Taint[];
  /** A NoExecute taint is due but was not allowed yet. */
  readonly isHeldBack: boolean;
}

/** The taints that a node's conditions ask for, beside those that others have put there. */
export function planTaints(node: ReadonlyNode, eviction: Eviction, now: string): TaintPlan {
  const conditions = node.status?.conditions;
  const wanted: Pick<Taint, 'key' | 'effect'>[] = taintOfCondition
    .filter(({ type, status }) => conditionOf(conditions, type)?.status === status)
    .map(({ key }) => ({ key, effect: 'NoSchedule' }));
  if (node.spec?.unschedulable) wanted.push({ key: unschedulable, effect: 'NoSchedule' });
  const present = (node.spec?.taints ?? []) as Taint[];
  const failing = wanted.find(({ key }) => key === notReady || key === unreachable);
  const isDriven = present.some((taint) => taint.effect === 'NoExecute' && isOfReadiness(taint.key));
  let isHeldBack = false;
  if (failing && eviction.kind === 'limited') {
    // The one is exchanged for the other at once; only the first costs.
    if (isDriven || eviction.allow()) wanted.push({ key: failing.key, effect: 'NoExecute' });
    else isHeldBack = true;
  }
  const isSame = (a: Pick<Taint, 'key' | 'effect'>, b: Pick<Taint, 'key' | 'effect'>): boolean =>
    a.key === b.key && a.effect === b.effect;
  const kept = present.filter((taint) => !isOurs(taint) || wanted.some((one) => isSame(one, taint)));
  const added = wanted.filter((one) => !present.some((taint) => isSame(one, taint)));
  if (added.length === 0 && kept.length === present.length) return { isHeldBack };
  return { taints: [...kept, ...added.map((one) => ({ ...one, timeAdded: now }))], isHeldBack };
}

function isOfReadiness(key: string): boolean {
  return key === notReady || key === unreachable;
}

function isOurs({ key, effect }: Taint): boolean {
  if (effect === 'NoExecute') return isOfReadiness(key);
  return effect === 'NoSchedule' && (key === unschedulable || taintOfCondition.some((one) => one.key === key));
}
