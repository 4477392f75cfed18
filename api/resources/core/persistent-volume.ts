import type { PersistentVolume } from '../../schema/generated/core-v1.ts';
import { unset } from '../../meta/printers.ts';
import { formatAccessModes } from './access-modes.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { roundResourceList } from './resource-list-defaults.ts';
import { setSharedSourceDefaults } from './volume-defaults.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { formatTime } from '../../meta/time.ts';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './persistent-volume-validation.ts';
import { warnOfBetaClass, warnOfVolumeKind } from './volume-warnings.ts';
import { warnOfTerm } from './node-label-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const persistentVolumes = defineResource<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.core.v1.PersistentVolume',
  storagePrefix: 'persistentvolumes',
  metadataRules: { checkedOnce: true },
  returnsDeletedObject: true,
  storageVersionHash: 'HN/zwEC+JgM=',
  subresources: {
    status: { kind: 'PersistentVolume', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setPersistentVolumeDefaults,
  prepareForCreate: (volume) => {
    volume.status = { phase: 'Pending' };
    keepPhaseTime(volume, volume.metadata.creationTimestamp);
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: (next, old, context) => {
    keepSpec(next, old);
    const time = next.status?.lastPhaseTransitionTime;
    const oldTime = old.status?.lastPhaseTransitionTime;
    if (next.status?.phase === old.status?.phase) {
      if (!time) keepPhaseTime(next, oldTime);
    } else if ((!time || time === oldTime) && context) keepPhaseTime(next, formatTime(context.nowMs));
  },
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: volumeWarnings,
  columns: [
    nameColumn,
    {
      name: 'Capacity',
      type: 'string',
      description:
        "capacity is the description of the persistent volume's resources and capacity. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
      cell: (volume) => volume.spec?.capacity?.storage ?? '0',
    },
    {
      name: 'Access Modes',
      type: 'string',
      description:
        'accessModes contains all ways the volume can be mounted. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes',
      cell: (volume) => formatAccessModes(volume.spec?.accessModes),
    },
    {
      name: 'Reclaim Policy',
      type: 'string',
      description:
        'persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim. Valid options are Retain (default for manually created PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by the volume plugin underlying this PersistentVolume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming',
      cell: (volume) => volume.spec?.persistentVolumeReclaimPolicy ?? '',
    },
    {
      name: 'Status',
      type: 'string',
      description:
        'phase indicates if a volume is available, bound to a claim, or released by a claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase',
      cell: (volume) => (volume.metadata.deletionTimestamp ? 'Terminating' : (volume.status?.phase ?? '')),
    },
    {
      name: 'Claim',
      type: 'string',
      description:
        'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding',
      cell: (volume) =>
        volume.spec?.claimRef ? `${volume.spec.claimRef.namespace ?? ''}/${volume.spec.claimRef.name ?? ''}` : '',
    },
    {
      name: 'StorageClass',
      type: 'string',
      description: 'StorageClass of the pv',
      cell: storageClassOf,
    },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      description: 'VolumeAttributesClass of the pv',
      cell: (volume) => volume.spec?.volumeAttributesClassName ?? unset,
    },
    {
      name: 'Reason',
      type: 'string',
      description:
        'reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.',
      cell: (volume) => volume.status?.reason ?? '',
    },
    ageColumn,
    {
      name: 'VolumeMode',
      type: 'string',
      priority: 1,
      description:
        'volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state. Value of Filesystem is implied when not included in spec.',
      cell: (volume) => volume.spec?.volumeMode ?? unset,
    },
  ],
});

function storageClassOf(volume: PersistentVolume): string {
  return (
    volume.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? volume.spec?.storageClassName ?? ''
  );
}

function setPersistentVolumeDefaults(volume: PersistentVolume): void {
  const spec = (volume.spec ??= {});
  (volume.status ??= {}).phase ||= 'Pending';
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  roundResourceList(spec.capacity);
  setSharedSourceDefaults(spec);
}

/** Notes when the volume came into its present phase. */
function keepPhaseTime(volume: PersistentVolume, time: string | undefined): void {
  if (volume.status && time) volume.status.lastPhaseTransitionTime = time;
}

function volumeWarnings({ metadata, spec = {} }: PersistentVolume): string[] {
  const warnings: string[] = [];
  warnOfBetaClass(metadata, warnings);
  if (spec.persistentVolumeReclaimPolicy === 'Recycle')
    warnings.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    );
  for (const [index, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries())
    warnOfTerm(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, warnings);
  warnOfVolumeKind(spec, 'spec', warnings);
  return warnings;
}
