import { notFound } from '../../../api/meta/errors.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { qosClassOf } from '../../../api/resources/core/pod-qos.ts';
import type { Pod, Toleration } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { covers, mergeTolerations } from '../merge-tolerations.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const defaultsAnnotation = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const whitelistAnnotation = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const memoryPressure = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };

/** A namespace gives its pods tolerations, and says which they may have; else the configuration does. */
export function createPodTolerationRestriction(deps: AdmissionDeps): AdmissionPlugin {
  const configured = deps.configuration?.get('PodTolerationRestriction') ?? {};
  const defaults = configured['default'] as Toleration[] | undefined;
  const allowed = configured['whitelist'] as Toleration[] | undefined;
  return {
    name: 'PodTolerationRestriction',
    handles: ({ operation, row, subresource }) =>
      isPod(row) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    admit: async (request) => {
      const pod = request.object as unknown as Pod;
      if (!pod.spec) return;
      const own = pod.spec.tolerations ?? [];
      const given =
        request.operation === 'CREATE'
          ? ((await tolerationsOf(request, deps, defaultsAnnotation)) ?? defaults)
          : undefined;
      const merged = given ? mergeTolerations(given, own) : own;
      const pressure = qosClassOf(pod) === 'BestEffort' ? [] : [memoryPressure];
      const tolerations = pressure.length ? mergeTolerations(merged, pressure) : merged;
      if (tolerations.length) pod.spec.tolerations = tolerations;
    },
    validate: async (request) => {
      const whitelist = (await tolerationsOf(request, deps, whitelistAnnotation)) ?? allowed;
      if (!whitelist?.length) return;
      const { tolerations = [] } = (request.object as unknown as Pod).spec ?? {};
      if (!tolerations.every((toleration) => whitelist.some((wide) => covers(wide, toleration)))) {
        throw refuse(
          request,
          'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
        );
      }
    },
  };
}

async function tolerationsOf(
  request: AdmissionRequest,
  { cache }: AdmissionDeps,
  annotation: string,
): Promise<Toleration[] | undefined> {
  const at = { name: request.namespace };
  const namespace = cache.get(namespaces, at) ?? (await cache.getNewest(namespaces, at));
  if (!namespace) throw notFound(namespaces, request.namespace);
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
