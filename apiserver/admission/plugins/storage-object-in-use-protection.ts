import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';

const finalizers: Readonly<Record<string, string>> = {
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
};
const finalizerOf = ({ group, plural }: AdmissionRequest['row']): string | undefined =>
  finalizers[`${group}/${plural}`];

/** What is in use stays until a controller has seen that it no longer is. */
export function createStorageObjectInUseProtection(): AdmissionPlugin {
  return {
    name: 'StorageObjectInUseProtection',
    handles: ({ operation, row, subresource }) =>
      operation === 'CREATE' && subresource === '' && finalizerOf(row) !== undefined,
    admit: ({ object, row }) => {
      const finalizer = finalizerOf(row)!;
      const { metadata } = object!;
      if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
    },
  };
}
