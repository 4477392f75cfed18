import { notFound } from '../../../api/meta/errors.ts';
import { parseLabelSelector } from '../../../api/meta/label-selector.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import type { Pod } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const annotation = 'scheduler.alpha.kubernetes.io/node-selector';

type Labels = Readonly<Record<string, string>>;

/**
 * A namespace says on which nodes its pods run, or the configuration does for those that say nothing
 * (`clusterDefaultNodeSelector`). There a namespace may have a list of all that its pods may ask for, too.
 */
export function createPodNodeSelector(deps: AdmissionDeps): AdmissionPlugin {
  const configured = (deps.configuration?.get('PodNodeSelector')?.['podNodeSelectorPluginConfig'] ?? {}) as Labels;
  const selectorOf = async (request: AdmissionRequest): Promise<Labels> => {
    const at = { name: request.namespace };
    const namespace = deps.cache.get(namespaces, at) ?? (await deps.cache.getNewest(namespaces, at));
    if (!namespace) throw notFound(namespaces, request.namespace);
    return labelsOf(namespace.metadata.annotations?.[annotation] ?? configured['clusterDefaultNodeSelector']);
  };
  return {
    name: 'PodNodeSelector',
    handles: ({ operation, row, subresource }) => isPod(row) && subresource === '' && operation === 'CREATE',
    admit: async (request) => {
      const wanted = await selectorOf(request);
      const { spec } = request.object as unknown as Pod;
      if (!spec || !Object.keys(wanted).length) return;
      refuseConflict(request, wanted, spec.nodeSelector);
      spec.nodeSelector = { ...wanted, ...spec.nodeSelector };
    },
    validate: async (request) => {
      const own = (request.object as unknown as Pod).spec?.nodeSelector ?? {};
      refuseConflict(request, await selectorOf(request), own);
      const allowed = labelsOf(configured[request.namespace]);
      if (!Object.keys(allowed).length) return;
      if (Object.entries(own).some(([key, value]) => allowed[key] !== value)) {
        throw refuse(request, 'pod node label selector labels conflict with its namespace whitelist');
      }
    },
  };
}

function refuseConflict(request: AdmissionRequest, wanted: Labels, own: Labels = {}): void {
  if (Object.entries(wanted).some(([key, value]) => own[key] !== undefined && own[key] !== value)) {
    throw refuse(request, 'pod node label selector conflicts with its namespace node label selector');
  }
}

function labelsOf(selector = ''): Labels {
  const { requirements } = parseLabelSelector(selector);
  return Object.fromEntries(requirements.map(({ key, values }) => [key, values[0] ?? '']));
}
