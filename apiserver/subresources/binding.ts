import { ApiError, badRequest, conflict, notFound } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { bindings } from '../../api/resources/core/binding.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Binding, Pod, PodCondition } from '../../api/schema/generated/core-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { uidMismatch } from '../rest/update.ts';
import { handleAction } from './post-body.ts';
import type { Subresource } from './subresource.ts';

/** `pods/NAME/binding`: gives a pod its node, once and for good. */
export const bindingSubresource: Subresource = {
  name: 'binding',
  handle: (deps, request) =>
    handleAction(deps, request, bindings, async (body, options) => {
      if (body.metadata.name !== request.name) throw badRequest('name in URL does not match name in Binding object');
      await bindPod(deps, request, body as unknown as Binding, options.dryRun);
    }),
};

/** A Binding posted to `/bindings`: the pod is the one it is named after. */
export function handleBinding(deps: RestDeps, request: RestRequest): ReturnType<typeof handleAction> {
  return handleAction(deps, request, bindings, async (body, options) => {
    await bindPod(
      deps,
      { ...request, row: pods as never, name: body.metadata.name ?? '' },
      body as never,
      options.dryRun,
    );
  });
}

async function bindPod(deps: RestDeps, request: RestRequest, binding: Binding, dryRun: boolean): Promise<void> {
  const errors = validateTarget(binding);
  // Upstream answers with the bare text.
  if (errors.length === 1) throw new ApiError('Unknown', errors[0]!, { code: 500 });
  if (errors.length > 1) throw new ApiError('Unknown', `[${errors.join(', ')}]`, { code: 500 });
  const { name } = request;
  if (!name) throw badRequest('Name parameter required.');
  const refuse = (reason: string): Error => conflict({ group: '', plural: 'pods/binding' }, name, reason);
  await deps.objects.update(
    pods as never,
    request,
    (current) => {
      if (!current) throw notFound(pods, name);
      const pod = current as unknown as Pod;
      const { uid } = binding.metadata;
      if (uid && uid !== pod.metadata.uid)
        throw uidMismatch(deps, { ...request, row: pods as never }, uid, pod.metadata.uid!);
      if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
      if (pod.spec!.nodeName)
        throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec!.nodeName)}`);
      if (pod.spec!.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
      assign(pod, binding, formatTime(deps.clock.now()));
      return { kind: 'put', object: pod as unknown as AnyObject };
    },
    { dryRun, signal: request.http.signal },
  );
}

function validateTarget({ target }: Binding): string[] {
  const errors: string[] = [];
  if (target.kind && target.kind !== 'Node')
    errors.push(`target.kind: Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`);
  if (!target.name) errors.push('target.name: Required value');
  return errors;
}

function assign(pod: Pod, { metadata, target }: Binding, now: string): void {
  pod.spec!.nodeName = target.name;
  if (metadata.annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  if (metadata.labels) pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels };
  const status = (pod.status ??= {});
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: now };
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  status.conditions = [...others, scheduled];
}
