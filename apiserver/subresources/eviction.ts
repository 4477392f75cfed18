import { ApiError, badRequest, conflict, forbidden, notFound } from '../../api/meta/errors.ts';
import { cloneJson } from '../../api/meta/clone-json.ts';
import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { podDisruptionBudgets } from '../../api/resources/policy/pod-disruption-budget.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { DeleteOptions } from '../../api/schema/generated/meta-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../api/schema/generated/policy-v1.ts';
import { formatTime } from '../../component/clock.ts';
import { deleteObject } from '../rest/delete-object.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
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
const budgetRow = podDisruptionBudgets as unknown as ResourceRow;

/** More evictions than this that the budget's controller has not seen are a sign that it does not run. */
const maxDisruptedPods = 2000;
const retryAfterSeconds = 10;

/** `pods/NAME/eviction`: deletes a pod if its disruption budget can bear it. */
export const evictionSubresource: Subresource = {
  name: 'eviction',
  handle: (deps, request) =>
    handleAction(deps, request, evictionType, async (body, options) => {
      const eviction = body as unknown as Eviction;
      if (eviction.metadata?.name !== request.name)
        throw badRequest('name in URL does not match name in Eviction object');
      const deleteOptions: DeleteOptions = {
        ...eviction.deleteOptions,
        ...(options.dryRun ? { dryRun: ['All'] } : {}),
      };
      await evict(deps, request, deleteOptions);
    }),
};

async function evict(deps: RestDeps, request: RestRequest, options: DeleteOptions): Promise<void> {
  const stored = await deps.objects.newest(podRow, request, request.http.signal);
  if (!stored) throw notFound(pods, request.name);
  const pod = deps.objects.parse(stored) as unknown as Pod;
  const dryRun = !!options.dryRun?.length;
  let preconditions = options.preconditions;
  if (!isOutsideBudgets(pod)) {
    const budget = await budgetOf(deps, pod);
    // What the decision was made on must still be so when the pod goes.
    if (budget && mayGoUnready(pod, budget))
      preconditions = {
        ...preconditions,
        resourceVersion: preconditions?.resourceVersion ?? pod.metadata.resourceVersion,
      };
    else if (budget) await spend(deps, request, budget, dryRun);
  }
  if (!dryRun && pod.spec?.nodeName) preconditions = await markAsDisrupted(deps, request, pod, preconditions);
  await deleteObject(deps, request, request, { ...options, preconditions });
}

/** Pods that do not run (yet, any more) disrupt nothing by going. */
function isOutsideBudgets({ metadata, status }: Pod): boolean {
  return (
    status?.phase === 'Succeeded' ||
    status?.phase === 'Failed' ||
    status?.phase === 'Pending' ||
    metadata.deletionTimestamp !== undefined
  );
}

async function budgetOf(deps: RestDeps, pod: Pod): Promise<PodDisruptionBudget | undefined> {
  const { cache } = deps.objects;
  const revision = await cache.consistentRevision();
  await cache.waitForRevision(revision, { timeoutMs: 3000 });
  const budgets = cache
    .list(deps.objects.prefixOf(budgetRow, pod.metadata.namespace))
    .map((entry) => entry.object() as unknown as PodDisruptionBudget)
    .filter(({ spec }) => spec?.selector && labelSelectorOf(spec.selector).matches(pod.metadata.labels));
  if (budgets.length > 1)
    throw new ApiError(
      'Unknown',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      { code: 500 },
    );
  return budgets[0];
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

/** Takes one disruption off the budget. @throws ApiError TooManyRequests where none is left */
async function spend(
  deps: RestDeps,
  request: RestRequest,
  budget: PodDisruptionBudget,
  dryRun: boolean,
): Promise<void> {
  const at = { namespace: request.namespace, name: budget.metadata.name! };
  await deps.objects.update(
    budgetRow,
    at,
    (current) => {
      if (!current) return { kind: 'keep' };
      const live = cloneJson(current);
      const next = current as unknown as PodDisruptionBudget;
      checkBudget(next);
      const status = next.status!;
      status.disruptionsAllowed!--;
      status.disruptedPods = { ...status.disruptedPods, [request.name]: formatTime(deps.clock.now()) };
      if (!status.disruptionsAllowed) setInsufficient(next, formatTime(deps.clock.now()));
      return {
        kind: 'put',
        object: deps.fieldManager.update({
          typeName: podDisruptionBudgets.typeName,
          apiVersion: 'policy/v1',
          live,
          next: next as unknown as AnyObject,
          manager: 'kube-apiserver',
          subresource: 'status',
          nowMs: deps.clock.now(),
        }),
      };
    },
    { dryRun, signal: request.http.signal },
  );
}

function checkBudget({ metadata, status }: PodDisruptionBudget): void {
  const name = metadata.name!;
  const subject = { group: 'policy', plural: 'poddisruptionbudget' };
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
    throw tooManyRequests(`The disruption budget ${name} is still being processed by the server.`, retryAfterSeconds);
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed < 0) throw forbidden(subject, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status?.disruptedPods ?? {}).length > maxDisruptedPods)
    throw forbidden(subject, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (allowed > 0) return;
  const [healthy, needed] = [status?.currentHealthy ?? 0, status?.desiredHealthy ?? 0];
  throw tooManyRequests(
    healthy > needed
      ? `The disruption budget ${name} does not allow evicting pods currently`
      : `The disruption budget ${name} needs ${needed} healthy pods and has ${healthy} currently`,
  );
}

function tooManyRequests(cause: string, retryAfter?: number): ApiError {
  return new ApiError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: {
      causes: [{ reason: 'DisruptionBudget', message: cause }],
      ...(retryAfter ? { retryAfterSeconds: retryAfter } : {}),
    },
  });
}

function setInsufficient({ metadata, status }: PodDisruptionBudget, now: string): void {
  const type = 'DisruptionAllowed';
  const before = status!.conditions?.find((condition) => condition.type === type);
  const condition = {
    type,
    status: 'False',
    observedGeneration: metadata.generation,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
    reason: 'InsufficientPods',
    message: '',
  };
  status!.conditions = [...(status!.conditions ?? []).filter((other) => other.type !== type), condition];
}

/** Says on the pod why it goes, for whoever sees it go. */
async function markAsDisrupted(
  deps: RestDeps,
  request: RestRequest,
  pod: Pod,
  preconditions: DeleteOptions['preconditions'],
): Promise<DeleteOptions['preconditions']> {
  const outcome = await deps.objects.update(
    podRow,
    request,
    (current) => {
      if (!current || current.metadata.uid !== pod.metadata.uid) throw notFound(pods, request.name);
      if (preconditions?.resourceVersion && preconditions.resourceVersion !== current.metadata.resourceVersion)
        throw conflict(pods, request.name, 'the pod has changed since its eviction was decided');
      const live = cloneJson(current);
      const next = current as unknown as Pod;
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        lastTransitionTime: formatTime(deps.clock.now()),
        observedGeneration: next.metadata.generation,
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      };
      const others = (next.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
      next.status = { ...next.status, conditions: [...others, condition] };
      return {
        kind: 'put',
        object: deps.fieldManager.update({
          typeName: pods.typeName,
          apiVersion: 'v1',
          live,
          next: next as unknown as AnyObject,
          manager: 'kube-apiserver',
          subresource: 'status',
          nowMs: deps.clock.now(),
        }),
      };
    },
    { dryRun: false, signal: request.http.signal },
  );
  return { uid: pod.metadata.uid, resourceVersion: String(outcome!.revision) };
}
