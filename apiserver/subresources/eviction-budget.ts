import { cloneJson } from '../../api/meta/clone-json.ts';
import { ApiError, forbidden, notFound } from '../../api/meta/errors.ts';
import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { podDisruptionBudgets } from '../../api/resources/policy/pod-disruption-budget.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/schema/generated/policy-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';

const budgetRow = podDisruptionBudgets as unknown as ResourceRow;
const allowed = 'DisruptionAllowed';

/** More evictions than this that the budget's controller has not seen are a sign that it does not run. */
const maxDisruptedPods = 2000;
const retryAfterSeconds = 10;

/** The budget that a pod counts on, if any. @throws ApiError Unknown (500) where several would */
export async function budgetOf(deps: RestDeps, pod: Pod): Promise<PodDisruptionBudget | undefined> {
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

/** Takes one disruption off the budget. @throws ApiError TooManyRequests where none is left */
export async function spend(
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
      if (!current) throw notFound(podDisruptionBudgets, at.name);
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
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw stillProcessed(name);
  const left = status?.disruptionsAllowed ?? 0;
  if (left < 0) throw forbidden(subject, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status?.disruptedPods ?? {}).length > maxDisruptedPods)
    throw forbidden(subject, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (left > 0) return;
  throw tooManyRequests(`The disruption budget ${name} ${whyNone(status)}`);
}

function whyNone({ conditions, currentHealthy = 0, desiredHealthy = 0 }: PodDisruptionBudgetStatus = {}): string {
  const refusal = conditions?.find(({ type, status, message }) => type === allowed && status === 'False' && message);
  const none = 'does not allow evicting pods currently';
  // Where the sync failed, the counts mean nothing.
  if (refusal?.reason === 'SyncFailed') return `${none} because it failed sync: ${refusal.message}`;
  if (currentHealthy <= desiredHealthy)
    return `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return refusal ? `${none} (${refusal.reason}): ${refusal.message}` : none;
}

/** For a budget whose state is not known to be of now. */
export function stillProcessed(name: string): ApiError {
  return tooManyRequests(`The disruption budget ${name} is still being processed by the server.`, retryAfterSeconds);
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
  const before = status!.conditions?.find((condition) => condition.type === allowed);
  const condition = {
    type: allowed,
    status: 'False',
    observedGeneration: metadata.generation,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
    reason: 'InsufficientPods',
    message: '',
  };
  status!.conditions = [...(status!.conditions ?? []).filter((other) => other.type !== allowed), condition];
}
