import { parseLabelSelector } from '../../../api/meta/label-selector.ts';
import type { DeepReadonly } from '../../../api/meta/object.ts';
import type { Namespace, Pod } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { withNamespace } from '../namespace-of.ts';
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
  const wantedIn = ({ metadata }: DeepReadonly<Namespace>): Labels =>
    labelsOf(metadata.annotations?.[annotation] ?? configured['clusterDefaultNodeSelector']);
  return {
    name: 'PodNodeSelector',
    handles: ({ operation, row, subresource }) => isPod(row) && subresource === '' && operation === 'CREATE',
    admit: (request) =>
      withNamespace(deps.cache, request.namespace, (namespace) => {
        const wanted = wantedIn(namespace);
        const { spec } = request.object as unknown as Pod;
        if (!spec || wanted === noLabels) return;
        refuseConflict(request, wanted, spec.nodeSelector);
        spec.nodeSelector = { ...wanted, ...spec.nodeSelector };
      }),
    validate: (request) =>
      withNamespace(deps.cache, request.namespace, (namespace) => {
        const own = (request.object as unknown as Pod).spec?.nodeSelector ?? noLabels;
        refuseConflict(request, wantedIn(namespace), own);
        const allowed = labelsOf(configured[request.namespace]);
        if (allowed === noLabels) return;
        if (Object.entries(own).some(([key, value]) => allowed[key] !== value)) {
          throw refuse(request, 'pod node label selector labels conflict with its namespace whitelist');
        }
      }),
  };
}

const noLabels: Labels = {};

function refuseConflict(request: AdmissionRequest, wanted: Labels, own: Labels = noLabels): void {
  if (wanted === noLabels || own === noLabels) return;
  if (Object.entries(wanted).some(([key, value]) => own[key] !== undefined && own[key] !== value)) {
    throw refuse(request, 'pod node label selector conflicts with its namespace node label selector');
  }
}

/** `noLabels` itself where nothing is selected. */
function labelsOf(selector = ''): Labels {
  if (!selector) return noLabels;
  const { requirements } = parseLabelSelector(selector);
  if (!requirements.length) return noLabels;
  return Object.fromEntries(requirements.map(({ key, values }) => [key, values[0] ?? '']));
}
