import { hasReason } from '../../api/meta/errors.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { Namespace, NamespaceCondition } from '../../api/schema/generated/core-v1.ts';
import { discover, type DiscoveredResource } from '../../client/discovery.ts';
import { formatTime } from '../../api/meta/time.ts';
import { again, defineController, done, type ControllerDeps } from '../framework/define-controller.ts';

/** The finalizer in a namespace's spec that stands for its contents. */
const finalizer = 'kubernetes';
const lookAgainMs = 500;

/** Empties namespaces that are being deleted, every kind of object that the server has, and then lets them go. */
export const namespaceController = defineController({
  name: 'namespace-controller',
  queueName: 'namespace',
  reconciles: namespaces,
  workers: 10,
  create: (deps) => {
    const { client } = deps;
    const lister = deps.lister(namespaces);
    return async (key, signal) => {
      const cached = lister.get(key);
      if (!cached || cached.metadata.deletionTimestamp === undefined || !cached.spec?.finalizers?.includes(finalizer))
        return done;
      // The cache may lag behind a namespace of the same name that was made anew.
      const namespace = await client.get(namespaces, { name: key }, { signal }).catch((error: unknown) => {
        if (hasReason(error, 'NotFound')) return undefined;
        throw error;
      });
      if (
        !namespace ||
        namespace.metadata.uid !== cached.metadata.uid ||
        namespace.metadata.deletionTimestamp === undefined
      )
        return done;
      const emptied = await emptyNamespace(key, deps, signal);
      const status = {
        ...namespace.status,
        phase: 'Terminating',
        conditions: planConditions(namespace, emptied, formatTime(deps.clock.now())),
      };
      let current = namespace;
      if (!semanticEqual(status, namespace.status))
        current = await client.update(namespaces, { ...namespace, status }, { subresource: 'status', signal });
      if (emptied.failures.length > 0) throw emptied.failures[0];
      if (emptied.remaining.length > 0 || emptied.discoveryFailures.length > 0) return again(lookAgainMs);
      const spec = { ...current.spec, finalizers: current.spec?.finalizers?.filter((name) => name !== finalizer) };
      await client
        .update(namespaces, { ...current, spec }, { subresource: 'finalize', signal })
        .catch((error: unknown) => {
          if (!hasReason(error, 'NotFound')) throw error;
        });
      return done;
    };
  },
});

interface Emptied {
  /** What is still there after everything was told to go. */
  readonly remaining: readonly {
    readonly resource: string;
    readonly count: number;
    readonly finalizers: readonly string[];
  }[];
  readonly failures: readonly unknown[];
  /** Groups the server could not tell of: what they hold is not known to be gone. */
  readonly discoveryFailures: readonly string[];
}

async function emptyNamespace(namespace: string, { client }: ControllerDeps, signal: AbortSignal): Promise<Emptied> {
  const found = await discover(client, signal);
  const targets = found.resources.filter(
    (resource) =>
      resource.isPreferred &&
      resource.scope === 'Namespaced' &&
      resource.verbs.includes('delete') &&
      resource.verbs.includes('list'),
  );
  const results = await Promise.allSettled(
    targets.map((resource) => emptyResource(resource, namespace, client, signal)),
  );
  return {
    remaining: results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : [])),
    failures: results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])),
    discoveryFailures: found.failures.map(({ groupVersion, reason }) => `${groupVersion}: ${reason}`),
  };
}

async function emptyResource(
  ref: DiscoveredResource,
  namespace: string,
  client: ControllerDeps['client'],
  signal: AbortSignal,
): Promise<Emptied['remaining'][number] | undefined> {
  const cause = `namespace ${namespace}`;
  const before = await client.list(ref as ResourceRef, { namespace }, { signal });
  if (before.items.length === 0) return undefined;
  if (ref.verbs.includes('deletecollection'))
    await client.deleteCollection(ref, { namespace }, { propagationPolicy: 'Background', signal, cause });
  else
    for (const { metadata } of before.items)
      await client
        .delete(ref, { namespace, name: metadata.name! }, { propagationPolicy: 'Background', signal, cause })
        .catch((error: unknown) => {
          if (!hasReason(error, 'NotFound')) throw error;
        });
  const { items } = await client.list(ref as ResourceRef, { namespace }, { signal });
  if (items.length === 0) return undefined;
  const resource = ref.group ? `${ref.plural}.${ref.group}` : `${ref.plural}.`;
  return { resource, count: items.length, finalizers: items.flatMap((item) => item.metadata.finalizers ?? []) };
}

/** The five conditions of a namespace that is going away, with upstream's words. */
function planConditions(
  namespace: Namespace,
  { remaining, failures, discoveryFailures }: Emptied,
  now: string,
): NamespaceCondition[] {
  const finalizers = new Map<string, number>();
  for (const name of remaining.flatMap((entry) => entry.finalizers))
    finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  const contents = remaining
    .map(({ resource, count }) => `${resource} has ${count} resource instances`)
    .sort()
    .join(', ');
  const waiting = [...finalizers]
    .map(([name, count]) => `${name} in ${count} resource instances`)
    .sort()
    .join(', ');
  const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  const planned: Omit<NamespaceCondition, 'lastTransitionTime'>[] = [
    discoveryFailures.length > 0
      ? {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'True',
          reason: 'DiscoveryFailed',
          message: `Discovery failed for some groups: ${discoveryFailures.join(', ')}`,
        }
      : {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'False',
          reason: 'ResourcesDiscovered',
          message: 'All resources successfully discovered',
        },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    failures.length > 0
      ? {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, ${failures.length} remaining: ${message(failures[0])}`,
        }
      : {
          type: 'NamespaceDeletionContentFailure',
          status: 'False',
          reason: 'ContentDeleted',
          message: 'All content successfully deleted, may be waiting on finalization',
        },
    contents
      ? {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${contents}`,
        }
      : {
          type: 'NamespaceContentRemaining',
          status: 'False',
          reason: 'ContentRemoved',
          message: 'All content successfully removed',
        },
    waiting
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${waiting}`,
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        },
  ];
  return planned.map((condition) => {
    const before = namespace.status?.conditions?.find(({ type }) => type === condition.type);
    return {
      ...condition,
      lastTransitionTime: before?.status === condition.status ? before?.lastTransitionTime : now,
    } as NamespaceCondition;
  });
}
