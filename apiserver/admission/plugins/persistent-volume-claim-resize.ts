import { compareQuantities } from '../../../api/meta/quantity.ts';
import { storageClasses } from '../../../api/resources/storage/storage-class.ts';
import type { PersistentVolumeClaim } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { isResource } from '../pods.ts';
import { refuse } from '../refuse.ts';

/** A claim grows only where it is bound and its class allows it. */
export function createPersistentVolumeClaimResize({ cache }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    handles: ({ operation, row, subresource }) =>
      operation === 'UPDATE' && subresource === '' && isResource(row, '', 'persistentvolumeclaims'),
    validate: (request) => {
      const [next, old] = [request.object, request.oldObject] as unknown as PersistentVolumeClaim[];
      if (compareQuantities(sizeOf(next!), sizeOf(old!)) <= 0) return;
      if (old!.status?.phase !== 'Bound') throw refuse(request, 'Only bound persistent volume claims can be expanded');
      const [name, oldName] = [classOf(next!), classOf(old!)];
      const storageClass = name && name === oldName ? cache.get(storageClasses, { name }) : undefined;
      if (!storageClass?.allowVolumeExpansion) {
        throw refuse(
          request,
          'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
        );
      }
    },
  };
}

function sizeOf({ spec }: PersistentVolumeClaim): string {
  return String(spec?.resources?.requests?.['storage'] ?? '0');
}

function classOf({ metadata, spec }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;
}
