import { hasReason } from '../../api/meta/errors.ts';
import type { DeepReadonly, KubeObject, ObjectKey } from '../../api/meta/object.ts';
import { apiVersionOf, type ResourceRef } from '../../api/resources/define-resource.ts';
import { discover, type DiscoveredResource, type Discovery } from '../../client/discovery.ts';
import { createInformer } from '../../client/informer.ts';
import { again, defineController, done, everything, type ControllerDeps } from '../framework/define-controller.ts';
import { RecentKeys } from '../framework/recent-keys.ts';
import {
  foregroundFinalizer,
  isOwner,
  orphanFinalizer,
  OwnerGraph,
  slimForGraph,
  waitsForDependents,
  waitsForOrphans,
  type GraphObject,
  type Owner,
} from './owner-graph.ts';
import { planCollection, type OwnerState } from './plan-collection.ts';

/** How often the server is asked for resources that are new or gone. */
const discoveryPeriodMs = 30_000;
/** A resource that cannot be listed holds up the others this long. */
const syncTimeoutMs = 30_000;
const notReadyWaitMs = 200;
/** Owners known to be gone that are remembered, so that a hundred dependents of one ask once. */
const rememberedAbsent = 500;

/**
 * Deletes objects whose owners are all gone, and does what the finalizers `foregroundDeletion` and `orphan` stand for.
 * Keys are uids; the key `all` looks for resources that are new.
 */
export const garbageCollector = defineController({
  name: 'garbage-collector-controller',
  serviceAccount: 'generic-garbage-collector',
  queueName: 'garbage_collector_attempt_to_delete',
  everyMs: discoveryPeriodMs,
  workers: 20,
  create: (deps) => {
    const graph = new OwnerGraph();
    const absent = new RecentKeys(rememberedAbsent);
    const monitors = createMonitors(graph, absent, deps);
    return async (key, signal) => {
      if (key === everything) {
        await monitors.refresh(signal);
        return done;
      }
      if (!monitors.isReady) return again(notReadyWaitMs);
      const object = graph.get(key);
      if (!object) return done;
      if (waitsForOrphans(object)) await orphanDependents(object, graph, deps, signal);
      else if (waitsForDependents(object)) await deleteDependents(object, graph, deps, signal);
      else await collect(object, { graph, absent, monitors, deps, signal });
      return done;
    };
  },
});

interface Monitors {
  /** False until the graph has what the server has. */
  readonly isReady: boolean;
  readonly discovery: Discovery | undefined;
  /** Watches what is new, stops to watch what is gone. */
  refresh(signal: AbortSignal): Promise<void>;
}

/** Keeps the graph, from the metadata of all objects that can be deleted. */
function createMonitors(graph: OwnerGraph, absent: RecentKeys, deps: ControllerDeps): Monitors {
  const running = new Map<string, { readonly stop: AbortController; readonly uids: Set<string> }>();
  let isReady = false;
  let discovery: Discovery | undefined;
  const enqueue = (uids: readonly string[]): void => {
    if (isReady) for (const uid of uids) deps.enqueue(uid as ObjectKey);
  };

  const start = (ref: DiscoveredResource, key: string, signal: AbortSignal): Promise<void> => {
    const stop = new AbortController();
    const uids = new Set<string>();
    running.set(key, { stop, uids });
    const informer = createInformer(
      deps.client,
      ref as ResourceRef,
      { metadataOnly: true, transform: slimForGraph },
      deps,
    );
    const put = ({ metadata }: DeepReadonly<KubeObject>): void => {
      uids.add(metadata.uid!);
      enqueue(graph.put({ ref, metadata }));
    };
    const remove = ({ metadata }: DeepReadonly<KubeObject>): void => {
      uids.delete(metadata.uid!);
      absent.add(absentKey(apiVersionOf(ref), ref.kind, metadata.name!, metadata.uid!, metadata.namespace));
      enqueue(graph.remove(metadata.uid!));
    };
    informer.addHandlers({
      added: put,
      updated: (next, old) => {
        // Deleted and made again between two looks.
        if (old.metadata.uid !== next.metadata.uid) remove(old);
        put(next);
      },
      deleted: remove,
    });
    const both = AbortSignal.any([signal, stop.signal]);
    void informer.run(both);
    return informer.waitForSync(both);
  };

  return {
    get isReady() {
      return isReady;
    },
    get discovery() {
      return discovery;
    },
    refresh: async (signal) => {
      discovery = await discover(deps.client, signal);
      const wanted = new Map(
        discovery.resources
          .filter((one) => one.isPreferred && watched.every((verb) => one.verbs.includes(verb)) && !isEvent(one))
          .map((one) => [`${apiVersionOf(one)}/${one.plural}`, one]),
      );
      // A group that cannot be asked just now is not gone.
      if (discovery.failures.length === 0)
        for (const [key, monitor] of running) {
          if (wanted.has(key)) continue;
          running.delete(key);
          monitor.stop.abort();
          for (const uid of monitor.uids) graph.remove(uid);
        }
      const fresh = [...wanted].filter(([key]) => !running.has(key));
      if (fresh.length === 0) return;
      // A graph without them would take owners for gone and wait for no dependents of a new kind.
      isReady = false;
      // Only a monitor that is stopped again does not come in step.
      const synced = Promise.all(fresh.map(([key, ref]) => start(ref, key, signal).catch(() => undefined)));
      await Promise.race([synced, deps.clock.sleep(syncTimeoutMs, signal)]);
      isReady = true;
      enqueue(graph.pending());
    },
  };
}

const watched = ['delete', 'list', 'watch'];

/** Events are many, own nothing, and go by themselves. */
function isEvent({ group, plural }: ResourceRef): boolean {
  return plural === 'events' && (group === '' || group === 'events.k8s.io');
}

interface Context {
  readonly graph: OwnerGraph;
  readonly absent: RecentKeys;
  readonly monitors: Monitors;
  readonly deps: ControllerDeps;
  readonly signal: AbortSignal;
}

/** Deletes the object where no owner is left. Every write is bound to the state decided upon. */
async function collect(object: GraphObject, context: Context): Promise<void> {
  const { graph, deps, signal } = context;
  const states = new Map<Owner, OwnerState>();
  for (const owner of object.metadata.ownerReferences ?? []) states.set(owner, await stateOf(owner, object, context));
  const plan = planCollection(object, (owner) => states.get(owner)!, graph.dependentsOf(object.metadata.uid!));
  const { namespace, name, uid, resourceVersion } = object.metadata;
  switch (plan.kind) {
    case 'keep':
      return;
    case 'dropOwners':
      await patchMetadata(object, { ownerReferences: plan.ownerReferences }, deps, signal);
      return;
    case 'delete': {
      if (plan.unblockOwners) {
        const owners = object.metadata.ownerReferences!.map((owner) => ({ ...owner, blockOwnerDeletion: false }));
        await patchMetadata(object, { ownerReferences: owners }, deps, signal);
      }
      const owner = object.metadata.ownerReferences![0]!;
      await deps.client
        .delete(
          object.ref,
          { namespace, name: name! },
          {
            propagationPolicy: plan.propagationPolicy,
            preconditions: { uid, ...(plan.unblockOwners ? {} : { resourceVersion }) },
            cause: `owner ${owner.kind} ${owner.name} is gone`,
            signal,
          },
        )
        .catch(ignoreGone);
    }
  }
}

async function stateOf(owner: Owner, object: GraphObject, context: Context): Promise<OwnerState> {
  const { graph, absent, deps, signal } = context;
  const { namespace } = object.metadata;
  const known = graph.get(owner.uid);
  if (known && isOwner(known, owner, namespace)) return waitsForDependents(known) ? 'waiting' : 'solid';
  const keyIn = (place: string | undefined): string =>
    absentKey(owner.apiVersion, owner.kind, owner.name, owner.uid, place);
  if (absent.has(keyIn(undefined)) || absent.has(keyIn(namespace))) return 'gone';
  if (known?.metadata.namespace && known.metadata.namespace !== namespace) warnOfNamespace(owner, object, deps);
  const ref = await refOf(owner, context);
  // A reference that can never be right deletes nothing.
  if (ref.scope === 'Namespaced' && !namespace) return 'solid';
  const at = ref.scope === 'Namespaced' ? namespace : undefined;
  const live = await deps.client
    .get(ref as ResourceRef, { namespace: at, name: owner.name }, { signal })
    .catch(ignoreGone);
  if (live?.metadata.uid !== owner.uid) {
    absent.add(keyIn(at));
    return 'gone';
  }
  return waitsForDependents({ ref, metadata: live.metadata }) ? 'waiting' : 'solid';
}

async function refOf(owner: Owner, { monitors, deps, signal }: Context): Promise<DiscoveredResource> {
  const known = monitors.discovery?.forKind(owner.apiVersion, owner.kind);
  if (known) return known;
  const fresh = (await discover(deps.client, signal)).forKind(owner.apiVersion, owner.kind);
  if (!fresh)
    throw new Error(
      `the server has no ${owner.kind} in ${owner.apiVersion}: nothing is known of the owner ${owner.name}`,
    );
  return fresh;
}

function absentKey(apiVersion: string, kind: string, name: string, uid: string, namespace: string | undefined): string {
  return `${namespace ?? ''}/${name}/${uid}/${apiVersion}/${kind}`;
}

function warnOfNamespace(owner: Owner, object: GraphObject, { events }: ControllerDeps): void {
  const { kind } = object.ref;
  const about = { kind, apiVersion: apiVersionOf(object.ref), metadata: object.metadata };
  const reference = `${owner.apiVersion}/${owner.kind}, namespace: ${object.metadata.namespace ?? ''}, name: ${owner.name}, uid: ${owner.uid}`;
  events.event(about, {
    type: 'Warning',
    reason: 'OwnerRefInvalidNamespace',
    message: `ownerRef [${reference}] does not exist in namespace "${object.metadata.namespace ?? ''}"`,
  });
}

/** The object waits for its dependents: those that block it are deleted next; when none is left it may go. */
async function deleteDependents(
  object: GraphObject,
  graph: OwnerGraph,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const blockers = graph.blockersOf(object.metadata.uid!);
  if (blockers.length === 0) return removeFinalizer(object, foregroundFinalizer, deps, signal);
  for (const blocker of blockers) if (!waitsForDependents(blocker)) deps.enqueue(blocker.metadata.uid as ObjectKey);
}

/** The object leaves its dependents behind: they forget it, then it may go. */
async function orphanDependents(
  object: GraphObject,
  graph: OwnerGraph,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { uid } = object.metadata;
  const results = await Promise.allSettled(
    graph.dependentsOf(uid!).map((dependent) => {
      const ownerReferences = dependent.metadata.ownerReferences!.filter((owner) => owner.uid !== uid);
      return patchMetadata(dependent, { ownerReferences }, deps, signal);
    }),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  await removeFinalizer(object, orphanFinalizer, deps, signal);
}

async function removeFinalizer(
  object: GraphObject,
  finalizer: string,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  await patchMetadata(object, { finalizers }, deps, signal);
}

/** A merge patch, which custom resources take too; bound to the version whose lists it replaces. */
async function patchMetadata(
  { ref, metadata }: GraphObject,
  change: { readonly ownerReferences?: readonly Owner[]; readonly finalizers?: readonly string[] },
  { client }: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const body = { metadata: { uid, resourceVersion, ...change } };
  await client.patch(ref, { namespace, name: name! }, { type: 'merge', body }, { signal }).catch(ignoreGone);
}

function ignoreGone(error: unknown): undefined {
  if (!hasReason(error, 'NotFound')) throw error;
}
