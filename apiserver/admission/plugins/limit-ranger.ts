import type { DeepReadonly } from '../../../api/meta/object.ts';
import { limitRanges } from '../../../api/resources/core/limit-range.ts';
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
} from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { checkLimits, type Resources } from '../limit-constraints.ts';
import { wholePodResources } from '../whole-pod-resources.ts';
import { isPod, isResource } from '../pods.ts';
import { refuse } from '../refuse.ts';

const annotation = 'kubernetes.io/limit-ranger';

/** A namespace's LimitRanges: what containers get that say nothing, and how much one of a kind may ask for. */
export function createLimitRanger({ cache }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    handles: ({ operation, row, subresource }) => {
      if (isPod(row)) {
        return operation === 'CREATE' ? subresource === '' : operation === 'UPDATE' && subresource === 'resize';
      }
      const isWrite = operation === 'CREATE' || operation === 'UPDATE';
      return isWrite && subresource === '' && isResource(row, '', 'persistentvolumeclaims');
    },
    admit: ({ row, operation, namespace, object }) => {
      if (!isPod(row) || operation !== 'CREATE') return;
      for (const limitRange of cache.list(limitRanges, namespace)) setDefaults(object as unknown as Pod, limitRange);
    },
    validate: (request) => {
      if (request.operation === 'UPDATE' && request.object?.metadata.deletionTimestamp) return;
      for (const limitRange of cache.list(limitRanges, request.namespace)) {
        // Containers that break a limit alike are told of once.
        const errors = [...new Set((limitRange.spec?.limits ?? []).flatMap((limit) => errorsOf(limit, request)))];
        if (errors.length) throw refuse(request, errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
      }
    },
  };
}

function setDefaults(pod: Pod, { spec }: DeepReadonly<LimitRange>): void {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const limit of spec?.limits ?? []) {
    if (limit.type !== 'Container') continue;
    Object.assign(requests, limit.defaultRequest);
    Object.assign(limits, limit.default);
  }
  const notes = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, 'container', { requests, limits })),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => fill(container, 'init container', { requests, limits })),
  ];
  if (!notes.length) return;
  const text = `LimitRanger plugin set: ${notes.join('; ')}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: text };
}

/** Fills what is left out; says what, for the annotation. */
function fill(container: Container, kind: string, defaults: Required<Resources>): string[] {
  const notes: string[] = [];
  for (const [side, word] of [
    ['requests', 'request'],
    ['limits', 'limit'],
  ] as const) {
    const own = container.resources?.[side];
    const missing = Object.keys(defaults[side]).filter((name) => own?.[name] === undefined);
    if (!missing.length) continue;
    const added = Object.fromEntries(missing.map((name) => [name, defaults[side][name]!]));
    container.resources = { ...container.resources, [side]: { ...own, ...added } };
    notes.push(`${missing.sort().join(', ')} ${word} for ${kind} ${container.name}`);
  }
  return notes;
}

function errorsOf(limit: DeepReadonly<LimitRangeItem>, { row, object }: AdmissionRequest): string[] {
  if (!isPod(row)) {
    if (limit.type !== 'PersistentVolumeClaim') return [];
    const { spec } = object as unknown as PersistentVolumeClaim;
    // Claims have no limits, so that only what they request is held against the range.
    const requests = spec?.resources?.requests ?? {};
    return checkLimits(limit, { requests, limits: {} }, { requestsOnly: true });
  }
  const { spec } = object as unknown as Pod;
  if (!spec) return [];
  if (limit.type === 'Pod') {
    return checkLimits(limit, {
      requests: wholePodResources(spec, 'requests'),
      limits: wholePodResources(spec, 'limits'),
    });
  }
  if (limit.type !== 'Container') return [];
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
    checkLimits(limit, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
  );
}
