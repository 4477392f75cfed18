import { semanticEqual } from '../../../api/meta/equality.ts';
import type { DeepReadonly } from '../../../api/meta/object.ts';
import { runtimeClasses } from '../../../api/resources/node/runtime-class.ts';
import type { Pod, PodSpec, Toleration } from '../../../api/schema/generated/core-v1.ts';
import type { RuntimeClass } from '../../../api/schema/generated/node-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { mergeTolerations } from '../merge-tolerations.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

/** What a pod's runtime class costs and where it can run becomes part of the pod. */
export function createRuntimeClass({ cache }: AdmissionDeps): AdmissionPlugin {
  /** Calls `use` with the pod's class, or with undefined where it names none: at once where the cache knows. */
  const withClass = (
    request: AdmissionRequest,
    use: (runtimeClass: DeepReadonly<RuntimeClass> | undefined) => void,
  ): Promise<void> | void => {
    const name = (request.object as unknown as Pod).spec?.runtimeClassName;
    const known = name ? cache.get(runtimeClasses, { name }) : undefined;
    if (!name || known) return use(known);
    return cache.getNewest(runtimeClasses, { name }).then((newest) => {
      if (!newest) throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
      use(newest);
    });
  };
  return {
    name: 'RuntimeClass',
    handles: ({ operation, row, subresource }) => operation === 'CREATE' && subresource === '' && isPod(row),
    admit: (request) =>
      withClass(request, (runtimeClass) => {
        const { spec } = request.object as unknown as Pod;
        if (!runtimeClass || !spec) return;
        setOverhead(request, spec, runtimeClass);
        setScheduling(request, spec, runtimeClass);
      }),
    validate: (request) =>
      withClass(request, (runtimeClass) => {
        const overhead = (request.object as unknown as Pod).spec?.overhead;
        const fixed = runtimeClass?.overhead?.podFixed;
        if (fixed && !semanticEqual(overhead ?? {}, fixed)) throw refuse(request, mismatch);
        if (!fixed && overhead && Object.keys(overhead).length) {
          throw refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
        }
      }),
  };
}

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

function setOverhead(request: AdmissionRequest, spec: PodSpec, { overhead }: DeepReadonly<RuntimeClass>): void {
  if (!overhead) return;
  const fixed = { ...overhead.podFixed };
  if (spec.overhead && !semanticEqual(spec.overhead, fixed)) throw refuse(request, mismatch);
  spec.overhead = fixed;
}

function setScheduling(request: AdmissionRequest, spec: PodSpec, { scheduling }: DeepReadonly<RuntimeClass>): void {
  if (!scheduling) return;
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      throw refuse(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const { tolerations } = scheduling;
  if (tolerations?.length) spec.tolerations = mergeTolerations(spec.tolerations ?? [], tolerations as Toleration[]);
}
