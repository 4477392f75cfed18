import { hasReason } from '../../../api/meta/errors.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';

/** Makes the namespace that a new object wants to be in. */
export function createNamespaceAutoProvision({ cache, client }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    handles: ({ operation, row }) => operation === 'CREATE' && row.scope === 'Namespaced' && !!row.storagePrefix,
    admit: async ({ namespace, dryRun }) => {
      if (!namespace || dryRun || cache.get(namespaces, { name: namespace })) return;
      await client.create(namespaces, { metadata: { name: namespace } }).catch((error: unknown) => {
        if (!hasReason(error, 'AlreadyExists')) throw error;
      });
    },
  };
}
