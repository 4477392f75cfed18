import { notFound } from '../../../api/meta/errors.ts';
import { parseLabelSelector } from '../../../api/meta/label-selector.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import type { Pod } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const annotation = 'scheduler.alpha.kubernetes.io/node-selector';

/** A namespace says on which nodes its pods run. */
export function createPodNodeSelector(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'PodNodeSelector',
    handles: ({ operation, row, subresource }) => isPod(row) && subresource === '' && operation === 'CREATE',
    admit: async (request) => {
      const wanted = await selectorOf(request, deps);
      const { spec } = request.object as unknown as Pod;
      if (!spec || !Object.keys(wanted).length) return;
      refuseConflict(request, wanted, spec.nodeSelector);
      spec.nodeSelector = { ...wanted, ...spec.nodeSelector };
    },
    validate: async (request) => {
      refuseConflict(request, await selectorOf(request, deps), (request.object as unknown as Pod).spec?.nodeSelector);
    },
  };
}

type Labels = Readonly<Record<string, string>>;

function refuseConflict(request: AdmissionRequest, wanted: Labels, own: Labels = {}): void {
  if (Object.entries(wanted).some(([key, value]) => own[key] !== undefined && own[key] !== value)) {
    throw refuse(request, 'pod node label selector conflicts with its namespace node label selector');
  }
}

async function selectorOf(request: AdmissionRequest, { cache }: AdmissionDeps): Promise<Labels> {
  const at = { name: request.namespace };
  const namespace = cache.get(namespaces, at) ?? (await cache.getNewest(namespaces, at));
  if (!namespace) throw notFound(namespaces, request.namespace);
  const text = namespace.metadata.annotations?.[annotation];
  if (!text) return {};
  const { requirements } = parseLabelSelector(text);
  return Object.fromEntries(requirements.map(({ key, values }) => [key, values[0] ?? '']));
}
