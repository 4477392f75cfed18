import { hasReason } from '../../api/meta/errors.ts';
import { leases } from '../../api/resources/coordination/lease.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Node } from '../../api/schema/generated/core-v1.ts';
import { createRateLimiter, type RateLimiter } from '../../client/rate-limiter.ts';
import { formatTime } from '../../api/meta/time.ts';
import { defineController, done, type ControllerDeps } from '../framework/define-controller.ts';
import { isReady } from '../framework/pod-state.ts';
import { NodeZones, zoneOf } from './node-zones.ts';
import {
  conditionOf,
  observeNode,
  planSilentConditions,
  planTaints,
  type Eviction,
  type NodeHealth,
} from './plan-node-health.ts';
import { podsByNode } from './pods-by-node.ts';

/** Tells nodes that have fallen silent, taints nodes as their conditions ask for, and takes pods of bad nodes out of service. */
export const nodeLifecycleController = defineController({
  name: 'node-lifecycle-controller',
  serviceAccount: 'node-controller',
  queueName: 'node_lifecycle_controller',
  reconciles: nodes,
  everyMs: (config) => config.nodeMonitorPeriodMs,
  workers: 8,
  create: (deps) => {
    const { client, clock, config, events } = deps;
    const nodeLister = deps.lister(nodes);
    const leaseLister = deps.lister(leases, { namespace: 'kube-node-lease' });
    const podLister = deps.lister(pods, { indices: podsByNode });
    const zones = new NodeZones();
    const healthOf = new Map<string, NodeHealth>();
    /** How the Ready condition was when all that follows from it was last done. */
    const settledReady = new Map<string, string | undefined>();
    const limits = createLimits(zones, deps);
    let wasAllDisrupted = false;
    const tell = (node: Parameters<typeof zoneOf>[0], reason: string, message: string): void =>
      events.event(node, { type: 'Normal', reason, message: `Node ${node.metadata.name} ${message}` });
    deps.onChange(nodes, {
      added: (node) => tell(node, 'RegisteredNode', `event: Registered Node ${node.metadata.name} in Controller`),
      deleted: (node) => {
        zones.delete(node.metadata.name!);
        healthOf.delete(node.metadata.name!);
        settledReady.delete(node.metadata.name!);
        tell(node, 'RemovingNode', `event: Removing Node ${node.metadata.name} from Controller`);
      },
    });
    return async (key, signal) => {
      const cached = nodeLister.get(key);
      if (!cached) return done;
      let node = cached as Node;
      const name = node.metadata.name!;
      const nowMs = clock.now();
      const health = observeNode(node, leaseLister.get(`kube-node-lease/${name}`), healthOf.get(name), nowMs);
      healthOf.set(name, health);
      const hasReported = conditionOf(node.status?.conditions, 'Ready') !== undefined;
      const graceMs = hasReported ? config.nodeMonitorGracePeriodMs : config.nodeStartupGracePeriodMs;
      if (nowMs > health.heardMs + graceMs) {
        const conditions = planSilentConditions(node, formatTime(nowMs));
        if (conditions) {
          const next = { ...node, status: { ...node.status, conditions } };
          node = await client.update(nodes, next, { subresource: 'status', signal, cause: 'the node is silent' });
        }
      }
      const ready = conditionOf(node.status?.conditions, 'Ready')?.status;
      zones.set(name, zoneOf(node), ready === 'True');
      if (wasAllDisrupted && !zones.isAllDisrupted)
        // Nodes heard of late because nothing could be heard are given their time again.
        for (const [other, known] of healthOf) healthOf.set(other, { ...known, heardMs: nowMs });
      wasAllDisrupted = zones.isAllDisrupted;
      await applyTaints(node, limits.of(zoneOf(node)), deps, signal);
      const hasFailed = settledReady.get(name) === 'True' && ready !== 'True';
      if (hasFailed) tell(node, 'NodeNotReady', 'status is now: NodeNotReady');
      // A kubelet that still speaks says by itself how its pods are after this one time.
      if (hasFailed || ready === 'Unknown')
        for (const pod of podLister.byIndex('node', name)) if (isReady(pod)) await markNotReady(pod, deps, signal);
      return done;
    };
  },
});

async function applyTaints(node: Node, eviction: Eviction, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { taints } = planTaints(node, eviction, formatTime(deps.clock.now()));
  if (!taints) return;
  await deps.client.update(nodes, { ...node, spec: { ...node.spec, taints } }, { signal, cause: 'conditions' });
}

async function markNotReady(
  pod: Parameters<typeof isReady>[0],
  { client, clock, events }: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(clock.now()) };
  const body = { metadata: { uid }, status: { conditions: [condition] } };
  events.event(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
  await client
    .patch(
      pods,
      { namespace, name: name! },
      { type: 'strategic', body },
      { subresource: 'status', signal, cause: 'the node is not ready' },
    )
    .catch((error: unknown) => {
      // Gone, or another pod of that name.
      if (!hasReason(error, 'NotFound', 'Conflict', 'Invalid')) throw error;
    });
}

/** How fast pods of each zone may be driven away; a zone whose state changes starts anew. */
function createLimits(zones: NodeZones, deps: ControllerDeps): { of(zone: string): Eviction } {
  const limiters = new Map<string, { readonly qps: number; readonly limiter: RateLimiter }>();
  return {
    of: (zone) => {
      if (zones.isAllDisrupted) return { kind: 'clear' };
      const qps = zones.qpsOf(zone);
      let entry = limiters.get(zone);
      if (entry?.qps !== qps) {
        entry = { qps, limiter: createRateLimiter({ qps, burst: 1 }, deps) };
        limiters.set(zone, entry);
      }
      return { kind: 'limited', allow: () => qps > 0 && entry.limiter.tryTake() };
    },
  };
}
