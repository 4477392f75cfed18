import { hasReason } from '../../api/meta/errors.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { nodes } from '../../api/resources/core/node.ts';
import type { Node, NodeStatus } from '../../api/schema/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { createRetry } from '../../client/retry.ts';
import type { Deps } from '../../component/deps.ts';
import type { ImageInfo } from '../runtime/container-runtime.ts';
import { createWake } from '../wake.ts';
import { defaultLabels, nodeObject, nodeStatus, type NodeFacts, type NodeHealth } from './node-object.ts';

export interface NodeRegistration {
  /** The node as the API last showed it; undefined before. */
  readonly node: DeepReadonly<Node> | undefined;
  /** Something of the node's health has changed: tell soon. */
  refresh(): void;
  run(signal: AbortSignal): Promise<void>;
}

interface Given {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly facts: () => Promise<NodeFacts>;
  readonly health: () => NodeHealth;
  readonly images: () => Promise<readonly ImageInfo[]>;
  readonly config: {
    readonly registerNode: boolean;
    /** How often the status is computed, and how often it is sent when nothing changed, in ms. */
    readonly updateFrequencyMs: number;
    readonly reportFrequencyMs: number;
  };
}

/** Registers the node and keeps its status true. */
export function createNodeRegistration(given: Given, deps: Pick<Deps, 'clock' | 'random' | 'log'>): NodeRegistration {
  const { client, recorder, config } = given;
  const { clock, log } = deps;
  const wake = createWake(clock);
  let node: DeepReadonly<Node> | undefined;
  let lastSentMs = -Infinity;
  /** Condition type → status, as events were last told of. */
  const told = new Map<string, string>();

  async function computeStatus(facts: NodeFacts, previous: DeepReadonly<NodeStatus> | undefined): Promise<NodeStatus> {
    const health = given.health();
    // Without a runtime there is nobody to ask; the last answer stands.
    const images = await given.images().catch(() => undefined);
    const status = nodeStatus(facts, health, images ?? [], previous, clock.now());
    return images ? status : { ...status, images: previous?.images as NodeStatus['images'] };
  }

  async function register(signal: AbortSignal): Promise<void> {
    const facts = await given.facts();
    const { name } = facts;
    const status = await computeStatus(facts, undefined);
    try {
      node = await client.create(nodes, nodeObject(facts, status), { signal });
      log.info('node registered', { node: name });
      lastSentMs = clock.monotonicMs();
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      const existing = await client.get(nodes, { name }, { signal });
      const wanted = { ...facts.labels, ...defaultLabels(facts) };
      const differing = Object.entries(wanted).filter(([key, value]) => existing.metadata.labels?.[key] !== value);
      node =
        differing.length === 0
          ? existing
          : await client.patch(
              nodes,
              { name },
              { type: 'strategic', body: { metadata: { labels: Object.fromEntries(differing) } } },
              { signal },
            );
      log.info('node was registered before', { node: name });
      lastSentMs = -Infinity;
    }
  }

  async function updateStatus(signal: AbortSignal): Promise<void> {
    const facts = await given.facts();
    const current = node!;
    const status = await computeStatus(facts, current.status);
    tellOfConditions(current, status);
    const isDue = clock.monotonicMs() - lastSentMs >= config.reportFrequencyMs;
    if (!isDue && semanticEqual(withoutHeartbeat(status), withoutHeartbeat(ownPart(current.status, status)))) return;
    try {
      node = await client.patch(
        nodes,
        { name: facts.name },
        { type: 'strategic', body: { status: statusBody(current.status, status) } },
        { subresource: 'status', signal },
      );
      lastSentMs = clock.monotonicMs();
    } catch (error) {
      // Somebody deleted it: a kubelet that is alive comes back.
      if (hasReason(error, 'NotFound') && config.registerNode) return register(signal);
      throw error;
    }
  }

  function tellOfConditions(about: DeepReadonly<Node>, { conditions = [] }: NodeStatus): void {
    for (const { type, status, reason = '' } of conditions) {
      const before = told.get(type);
      told.set(type, status);
      const event =
        type === 'Ready' ? (status === 'True' ? 'NodeReady' : 'NodeNotReady') : reason.replace('Kubelet', 'Node');
      // A node that is not ready yet when it starts is no news.
      if (before === status || (before === undefined && event === 'NodeNotReady')) continue;
      tell(about, 'Normal', event, `Node ${about.metadata.name} status is now: ${event}`);
    }
  }

  function tell(about: DeepReadonly<Node>, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name } = about.metadata;
    // Upstream's events about a node carry its name for its uid, so that they are found before it is registered.
    recorder.event({ kind: 'Node', apiVersion: 'v1', metadata: { name, uid: name } }, { type, reason, message });
  }

  return {
    get node() {
      return node;
    },
    refresh: () => wake.ring(),
    run: async (signal) => {
      const retry = createRetry({ initialMs: 100, maxMs: 7000, jitter: 0.2 }, deps);
      let isTold = false;
      while (!signal.aborted) {
        try {
          if (!node) {
            if (config.registerNode) await register(signal);
            else node = await client.get(nodes, { name: (await given.facts()).name }, { signal });
          }
          await updateStatus(signal);
          if (!isTold) tell(node!, 'Normal', 'Starting', 'Starting kubelet.');
          isTold = true;
          retry.reset();
          await wake.wait(config.updateFrequencyMs * (1 + deps.random.next() * 0.04), signal);
        } catch (error) {
          if (signal.aborted) return;
          const what = node ? 'node status not sent, trying again' : 'node not registered, trying again';
          await retry.after(error, what, signal);
        }
      }
    },
  };
}

/** Of the API's status, what we write too. */
function ownPart(current: DeepReadonly<NodeStatus> | undefined, ours: NodeStatus): NodeStatus {
  const types = new Set(ours.conditions?.map(({ type }) => type));
  const fields = Object.keys(ours) as (keyof NodeStatus)[];
  const own = Object.fromEntries(fields.map((field) => [field, current?.[field]])) as NodeStatus;
  return { ...own, conditions: (current?.conditions ?? []).filter(({ type }) => types.has(type)) };
}

function withoutHeartbeat(status: NodeStatus): NodeStatus {
  const conditions = (status.conditions ?? []).map(({ lastHeartbeatTime: _time, ...rest }) => rest);
  return { ...status, conditions: conditions.sort((a, b) => (a.type < b.type ? -1 : 1)) };
}

/** Addresses merge by their type: what has gone is taken away by replacing them all. */
function statusBody(current: DeepReadonly<NodeStatus> | undefined, status: NodeStatus): Record<string, unknown> {
  const { addresses = [], ...rest } = status;
  if (semanticEqual(addresses, current?.addresses ?? [])) return rest;
  return { ...rest, addresses: [...addresses, { $patch: 'replace' }] };
}
