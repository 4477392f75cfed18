import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { withNamespace } from '../namespace-of.ts';

/** Refuses whatever is about a namespace that is missing. NamespaceLifecycle does that and more. */
export function createNamespaceExists({ cache }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    handles: ({ operation, row }) => row.scope === 'Namespaced' && operation !== 'CONNECT',
    validate: ({ namespace }) => (namespace ? withNamespace(cache, namespace, () => {}) : undefined),
  };
}
