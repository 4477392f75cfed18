import type { DeepReadonly } from '../../../api/meta/object.ts';
import { qosClassOf } from '../../../api/resources/core/pod-qos.ts';
import type { Namespace, Pod, Toleration } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { covers, mergeTolerations } from '../merge-tolerations.ts';
import { withNamespace } from '../namespace-of.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const defaultsAnnotation = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const whitelistAnnotation = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const memoryPressure: readonly Toleration[] = [
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
];

/** A namespace gives its pods tolerations, and says which they may have; else the configuration does. */
export function createPodTolerationRestriction({ cache, configuration }: AdmissionDeps): AdmissionPlugin {
  const configured = configuration?.get('PodTolerationRestriction') ?? {};
  const defaults = configured['default'] as Toleration[] | undefined;
  const allowed = configured['whitelist'] as Toleration[] | undefined;
  return {
    name: 'PodTolerationRestriction',
    handles: ({ operation, row, subresource }) =>
      isPod(row) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    admit: (request) => {
      const pod = request.object as unknown as Pod;
      if (!pod.spec) return undefined;
      if (request.operation !== 'CREATE') return tolerate(pod, undefined);
      return withNamespace(cache, request.namespace, (namespace) =>
        tolerate(pod, tolerationsOf(namespace, defaultsAnnotation, request) ?? defaults),
      );
    },
    validate: (request) =>
      withNamespace(cache, request.namespace, (namespace) => {
        const whitelist = tolerationsOf(namespace, whitelistAnnotation, request) ?? allowed;
        if (!whitelist?.length) return;
        const { tolerations = [] } = (request.object as unknown as Pod).spec ?? {};
        if (!tolerations.every((toleration) => whitelist.some((wide) => covers(wide, toleration)))) {
          throw refuse(
            request,
            'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
          );
        }
      }),
  };
}

/** A pod that is promised memory stays where that is short, beside what it is given. */
function tolerate(pod: Pod, given: readonly Toleration[] | undefined): void {
  const spec = pod.spec!;
  const own = spec.tolerations ?? [];
  const merged = given ? mergeTolerations(given, own) : own;
  const tolerations = qosClassOf(pod) === 'BestEffort' ? merged : mergeTolerations(merged, memoryPressure);
  if (tolerations.length) spec.tolerations = tolerations;
}

function tolerationsOf(
  namespace: DeepReadonly<Namespace>,
  annotation: string,
  request: AdmissionRequest,
): Toleration[] | undefined {
  const text = namespace.metadata.annotations?.[annotation];
  if (text === undefined) return undefined;
  if (text === '') return [];
  try {
    return JSON.parse(text) as Toleration[];
  } catch (error) {
    throw refuse(
      request,
      `annotation ${annotation} of namespace ${request.namespace} cannot be read: ${(error as Error).message}`,
    );
  }
}
