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
  const classOf = async (request: AdmissionRequest): Promise<DeepReadonly<RuntimeClass> | undefined> => {
    const name = (request.object as unknown as Pod).spec?.runtimeClassName;
    if (!name) return undefined;
    const found = cache.get(runtimeClasses, { name }) ?? (await cache.getNewest(runtimeClasses, { name }));
    if (!found) throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return found;
  };
  return {
    name: 'RuntimeClass',
    handles: ({ operation, row, subresource }) => operation === 'CREATE' && subresource === '' && isPod(row),
    admit: async (request) => {
      const { spec } = request.object as unknown as Pod;
      const runtimeClass = await classOf(request);
      if (!runtimeClass || !spec) return;
      setOverhead(request, spec, runtimeClass);
      setScheduling(request, spec, runtimeClass);
    },
    validate: async (request) => {
      const overhead = (request.object as unknown as Pod).spec?.overhead;
      const fixed = (await classOf(request))?.overhead?.podFixed;
      if (fixed && !semanticEqual(overhead ?? {}, fixed)) throw refuse(request, mismatch);
      if (!fixed && overhead && Object.keys(overhead).length) {
        throw refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
      }
    },
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
