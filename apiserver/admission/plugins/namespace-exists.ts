import { notFound } from '../../../api/meta/errors.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';

/** Refuses whatever is about a namespace that is missing. NamespaceLifecycle does that and more. */
export function createNamespaceExists({ cache }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    handles: ({ operation, row }) => row.scope === 'Namespaced' && operation !== 'CONNECT',
    validate: async ({ namespace }) => {
      if (!namespace || cache.get(namespaces, { name: namespace })) return;
      if (!(await cache.getNewest(namespaces, { name: namespace }))) throw notFound(namespaces, namespace);
    },
  };
}
