import type { DeepReadonly } from '../../../api/meta/object.ts';
import { priorityClasses } from '../../../api/resources/scheduling/priority-class.ts';
import type { Pod } from '../../../api/schema/generated/core-v1.ts';
import type { PriorityClass } from '../../../api/schema/generated/scheduling-v1.ts';
import type { CacheReader } from '../../storage/cache-reader.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { isPod, isResource } from '../pods.ts';
import { refuse } from '../refuse.ts';

/** Turns a pod's priorityClassName into its priority and preemption policy, and keeps the default class the only one. */
export function createPriority({ cache }: AdmissionDeps): AdmissionPlugin {
  /** Most pods name no class, and classes change seldom. */
  let byDefault: { readonly found: DeepReadonly<PriorityClass> | undefined } | undefined;
  const stopListening = cache.onChange(priorityClasses, () => (byDefault = undefined));
  return {
    name: 'Priority',
    close: stopListening,
    handles: ({ operation, row, subresource }) =>
      subresource === '' &&
      ((isPod(row) && (operation === 'CREATE' || operation === 'UPDATE')) ||
        (isPriorityClass(row) && operation !== 'CONNECT')),
    admit: (request) => {
      if (!isPod(request.row)) return undefined;
      const pod = request.object as unknown as Pod;
      if (request.operation === 'UPDATE') return keepPriority(pod, request.oldObject as unknown as Pod);
      const name = pod.spec?.priorityClassName;
      if (!name) return setPriority(request, pod, (byDefault ??= { found: defaultClass(cache) }).found);
      const known = cache.get(priorityClasses, { name });
      if (known) return setPriority(request, pod, known);
      return cache.getNewest(priorityClasses, { name }).then((newest) => {
        if (!newest) throw refuse(request, `no PriorityClass with name ${name} was found`);
        setPriority(request, pod, newest);
      });
    },
    validate: (request) => {
      if (isPod(request.row)) return;
      if (request.operation === 'DELETE') return refuseSystemClass(request);
      const priorityClass = request.object as unknown as PriorityClass;
      if (!priorityClass.globalDefault) return;
      const other = defaultClass(cache);
      if (other && (request.operation === 'CREATE' || other.metadata.name !== priorityClass.metadata.name)) {
        throw refuse(
          request,
          `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
        );
      }
    },
  };
}

function isPriorityClass(row: AdmissionRequest['row']): boolean {
  return isResource(row, 'scheduling.k8s.io', 'priorityclasses');
}

function refuseSystemClass(request: AdmissionRequest): void {
  if (request.name === 'system-node-critical' || request.name === 'system-cluster-critical') {
    throw refuse(request, 'this is a system priority class and cannot be deleted');
  }
}

function keepPriority(next: Pod, old: Pod): void {
  if (!next.spec || !old.spec) return;
  next.spec.priority ??= old.spec.priority;
  next.spec.preemptionPolicy ??= old.spec.preemptionPolicy;
}

function setPriority(request: AdmissionRequest, { spec }: Pod, found: DeepReadonly<PriorityClass> | undefined): void {
  if (!spec) return;
  if (found && !spec.priorityClassName) spec.priorityClassName = found.metadata.name;
  const priority = found?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== priority) {
    throw refuse(
      request,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  }
  spec.priority = priority;
  const policy = found ? found.preemptionPolicy : 'PreemptLowerPriority';
  if (policy === undefined) return;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw refuse(
      request,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = policy;
}

/** The class marked as default; where several are (an old cluster), the one with the least value. */
function defaultClass(cache: CacheReader): DeepReadonly<PriorityClass> | undefined {
  let least: DeepReadonly<PriorityClass> | undefined;
  for (const each of cache.list(priorityClasses)) {
    if (each.globalDefault && (!least || (each.value ?? 0) < (least.value ?? 0))) least = each;
  }
  return least;
}
