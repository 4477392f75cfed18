import { storageClasses } from '../../../api/resources/storage/storage-class.ts';
import type { PersistentVolumeClaim } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { newestMarked } from '../default-class.ts';
import { isResource } from '../pods.ts';

const marks = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** A claim that names no class gets the default one; naming the empty class means none on purpose. */
export function createDefaultStorageClass({ cache }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: ({ operation, row, subresource }) =>
      operation === 'CREATE' && subresource === '' && isResource(row, '', 'persistentvolumeclaims'),
    admit: ({ object }) => {
      const { metadata, spec } = object as unknown as PersistentVolumeClaim;
      if (!spec || spec.storageClassName !== undefined) return;
      if (metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return;
      const name = newestMarked(cache.list(storageClasses), marks)?.metadata.name;
      if (name) spec.storageClassName = name;
    },
  };
}
