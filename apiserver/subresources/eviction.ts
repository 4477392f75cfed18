import { ApiError, badRequest, conflict, hasReason, notFound } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { DeleteOptions } from '../../api/schema/generated/meta-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../api/schema/generated/policy-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { deleteObject } from '../rest/delete-object.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { budgetOf, spend, stillProcessed } from './eviction-budget.ts';
import { handleAction } from './post-body.ts';
import type { Subresource } from './subresource.ts';

const evictionType = {
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  typeName: 'io.k8s.api.policy.v1.Eviction',
  alsoVersions: ['v1beta1'],
};
const podRow = pods as unknown as ResourceRow;

/** How often an eviction starts again because somebody else wrote the pod meanwhile. */
const maxAttempts = 20;

/** `pods/NAME/eviction`: deletes a pod if its disruption budget can bear it. */
export const evictionSubresource: Subresource = {
  name: 'eviction',
  handle: (deps, request) =>
    handleAction(deps, request, evictionType, async (body) => {
      const eviction = body as unknown as Eviction;
      if (eviction.metadata?.name !== request.name)
        throw badRequest('name in URL does not match name in Eviction object');
      await evict(deps, request, deleteOptionsOf(eviction, request.http.query.getAll('dryRun')));
    }),
};

/** Both the query and the eviction may ask for a dry run. @throws ApiError Unknown (500) where they differ */
function deleteOptionsOf({ deleteOptions }: Eviction, asked: string[]): DeleteOptions {
  const given = deleteOptions?.dryRun ?? [];
  if (given.length === 0) return asked.length > 0 ? { ...deleteOptions, dryRun: asked } : { ...deleteOptions };
  if (asked.length > 0 && asked.join() !== given.join())
    throw new ApiError(
      'Unknown',
      `Non-matching dry-run options in request and content: [${asked.join(' ')}] and [${given.join(' ')}]`,
      { code: 500 },
    );
  return { ...deleteOptions };
}

async function evict(deps: RestDeps, request: RestRequest, options: DeleteOptions): Promise<void> {
  const isOwnersVersion = options.preconditions?.resourceVersion !== undefined;
  for (let attempt = 1; ; attempt++) {
    const pod = await newestPod(deps, request);
    if (!isOutsideBudgets(pod)) return evictWithinBudget(deps, request, { pod, options });
    try {
      // A pod that ended may change as it likes; one that has not begun could meanwhile have.
      return await markAndDelete(deps, request, hasEnded(pod) ? options : unchangedSince(pod, options));
    } catch (error) {
      if (isOwnersVersion || attempt === maxAttempts || !hasReason(error, 'Conflict')) throw error;
      if (options.preconditions?.uid !== undefined && options.preconditions.uid !== pod.metadata.uid) throw error;
    }
  }
}

async function evictWithinBudget(
  deps: RestDeps,
  request: RestRequest,
  { pod, options }: { readonly pod: Pod; readonly options: DeleteOptions },
): Promise<void> {
  const budget = await budgetOf(deps, pod);
  if (!budget || !mayGoUnready(pod, budget)) {
    if (budget) await spend(deps, request, budget, !!options.dryRun?.length);
    return markAndDelete(deps, request, options);
  }
  try {
    // What the decision was made on must still be so when the pod goes.
    await markAndDelete(deps, request, unchangedSince(pod, options));
  } catch (error) {
    if (hasReason(error, 'Conflict') && options.preconditions?.resourceVersion === undefined)
      throw stillProcessed(budget.metadata.name!);
    throw error;
  }
}

async function newestPod(deps: RestDeps, request: RestRequest): Promise<Pod> {
  const stored = await deps.objects.newest(podRow, request, request.http.signal);
  if (!stored) throw notFound(pods, request.name);
  return deps.objects.parse(stored) as unknown as Pod;
}

/** The options with the pod's version as a precondition, unless they have one. */
function unchangedSince(pod: Pod, options: DeleteOptions): DeleteOptions {
  const { resourceVersion = pod.metadata.resourceVersion } = options.preconditions ?? {};
  return { ...options, preconditions: { ...options.preconditions, resourceVersion } };
}

/** Pods that do not run (yet, any more) disrupt nothing by going. */
function isOutsideBudgets(pod: Pod): boolean {
  return pod.status?.phase === 'Pending' || hasEnded(pod);
}

function hasEnded({ metadata, status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed' || metadata.deletionTimestamp !== undefined;
}

function mayGoUnready(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  const isReady = pod.status?.conditions?.some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  if (isReady) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const desired = status?.desiredHealthy ?? 0;
  return desired > 0 && (status?.currentHealthy ?? 0) >= desired;
}

/** Says on the pod why it goes, for whoever sees it go, and deletes it. */
async function markAndDelete(deps: RestDeps, request: RestRequest, options: DeleteOptions): Promise<void> {
  if (options.dryRun?.length) return void (await deleteObject(deps, request, request, options));
  const outcome = await deps.objects.update(
    podRow,
    request,
    (current) => {
      if (!current) throw notFound(pods, request.name);
      checkPreconditions(current, options.preconditions);
      // Nobody's field manager: the server itself says it.
      addCondition(current as unknown as Pod, formatTime(deps.clock.now()));
      return { kind: 'put', object: current };
    },
    { dryRun: false, signal: request.http.signal },
  );
  const { preconditions } = options;
  const next =
    preconditions?.resourceVersion === undefined
      ? preconditions
      : { ...preconditions, resourceVersion: String(outcome!.revision) };
  await deleteObject(deps, request, request, { ...options, preconditions: next });
}

function checkPreconditions({ metadata }: AnyObject, preconditions: DeleteOptions['preconditions']): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const refuse = (why: string): Error => conflict({ group: '', plural: 'Pod' }, metadata.name!, why);
  if (uid && uid !== metadata.uid)
    throw refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    throw refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}

function addCondition(pod: Pod, now: string): void {
  const conditions = pod.status?.conditions ?? [];
  const at = conditions.findIndex(({ type }) => type === 'DisruptionTarget');
  const before = conditions[at];
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null as unknown as string,
    lastTransitionTime: before?.status === 'True' ? before.lastTransitionTime : now,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  pod.status = { ...pod.status, conditions: before ? conditions.with(at, condition) : [...conditions, condition] };
}
