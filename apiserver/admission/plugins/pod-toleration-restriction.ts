import { notFound } from '../../../api/meta/errors.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { semanticEqual } from '../../../api/meta/equality.ts';
import { qosClassOf } from '../../../api/resources/core/pod-qos.ts';
import type { Pod, Toleration } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const defaultsAnnotation = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const whitelistAnnotation = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const memoryPressure = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };

/** A namespace gives its pods tolerations, and says which they may have. */
export function createPodTolerationRestriction(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'PodTolerationRestriction',
    handles: ({ operation, row, subresource }) =>
      isPod(row) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    admit: async (request) => {
      const pod = request.object as unknown as Pod;
      if (!pod.spec || request.operation === 'UPDATE') return;
      const defaults = (await tolerationsOf(request, deps, defaultsAnnotation)) ?? [];
      const own = pod.spec.tolerations ?? [];
      const clash = own.some((toleration) =>
        defaults.some((given) => isSameTaint(given, toleration) && !semanticEqual(given, toleration)),
      );
      if (clash) throw refuse(request, 'namespace tolerations and pod tolerations conflict');
      const pressure = qosClassOf(pod) === 'BestEffort' ? [] : [memoryPressure];
      const more = [...defaults, ...pressure].filter(
        (given) => !own.some((toleration) => semanticEqual(given, toleration)),
      );
      if (more.length) pod.spec.tolerations = [...own, ...more];
    },
    validate: async (request) => {
      const whitelist = await tolerationsOf(request, deps, whitelistAnnotation);
      if (!whitelist?.length) return;
      const { tolerations = [] } = (request.object as unknown as Pod).spec ?? {};
      if (!tolerations.every((toleration) => whitelist.some((allowed) => covers(allowed, toleration)))) {
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
  if (!text) return undefined;
  try {
    return JSON.parse(text) as Toleration[];
  } catch (error) {
    throw refuse(
      request,
      `annotation ${annotation} of namespace ${request.namespace} cannot be read: ${(error as Error).message}`,
    );
  }
}

function isSameTaint(a: Toleration, b: Toleration): boolean {
  return a.key === b.key && (a.effect ?? '') === (b.effect ?? '');
}

/** Does `allowed` tolerate all that `wanted` does, and for as long? */
function covers(allowed: Toleration, wanted: Toleration): boolean {
  if (allowed.key && allowed.key !== wanted.key) return false;
  if (allowed.effect && allowed.effect !== wanted.effect) return false;
  if (
    allowed.operator !== 'Exists' &&
    (wanted.operator === 'Exists' || (allowed.value ?? '') !== (wanted.value ?? ''))
  ) {
    return false;
  }
  if (allowed.tolerationSeconds === undefined) return true;
  return wanted.tolerationSeconds !== undefined && wanted.tolerationSeconds <= allowed.tolerationSeconds;
}
