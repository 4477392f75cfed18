import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
} from '../../schema/generated/core-v1.ts';
import { unset } from '../../meta/printers.ts';
import { formatAccessModes } from './access-modes.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setClaimDefaults } from './volume-defaults.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { validateClaim, validateClaimStatusUpdate, validateClaimUpdate } from './persistent-volume-claim-validation.ts';
import { warnOfBetaClass, warnOfClaim } from './volume-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  storagePrefix: 'persistentvolumeclaims',
  returnsDeletedObject: true,
  storageVersionHash: 'QWTyNDq0dC4=',
  subresources: {
    status: { kind: 'PersistentVolumeClaim', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setClaimDefaults,
  prepareForCreate: (claim) => {
    claim.status = { phase: 'Pending' };
    dropDataSources(claim.spec ?? {});
    alignDataSources(claim.spec ?? {});
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDataSources(next.spec ?? {}, old.spec);
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatusUpdate,
  warnings: claimWarnings,
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'phase represents the current phase of PersistentVolumeClaim.',
      cell: (claim) => (claim.metadata.deletionTimestamp ? 'Terminating' : (claim.status?.phase ?? '')),
    },
    {
      name: 'Volume',
      type: 'string',
      description: 'volumeName is the binding reference to the PersistentVolume backing this claim.',
      cell: (claim) => claim.spec?.volumeName ?? '',
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'capacity represents the actual resources of the underlying volume.',
      cell: (claim) => (claim.spec?.volumeName ? (claim.status?.capacity?.storage ?? '0') : ''),
    },
    {
      name: 'Access Modes',
      type: 'string',
      description:
        'accessModes contains the actual access modes the volume backing the PVC has. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1',
      cell: (claim) => (claim.spec?.volumeName ? formatAccessModes(claim.status?.accessModes) : ''),
    },
    {
      name: 'StorageClass',
      type: 'string',
      description: 'StorageClass of the pvc',
      cell: storageClassOf,
    },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      description: 'VolumeAttributesClass of the pvc',
      cell: (claim) => claim.spec?.volumeAttributesClassName ?? unset,
    },
    ageColumn,
    {
      name: 'VolumeMode',
      type: 'string',
      priority: 1,
      description:
        'volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.',
      cell: (claim) => claim.spec?.volumeMode ?? unset,
    },
  ],
});

function storageClassOf(claim: PersistentVolumeClaim): string {
  return claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName ?? '';
}

/**
 * `dataSource` knows claims and snapshots only and drops all else, as it did before there was `dataSourceRef`. Sources
 * in other namespaces are behind a feature gate that is off.
 */
function dropDataSources(spec: PersistentVolumeClaimSpec, old?: PersistentVolumeClaimSpec): void {
  if (spec.dataSourceRef?.namespace && !old?.dataSourceRef) delete spec.dataSourceRef;
  if (old?.dataSource || old?.dataSourceRef || spec.dataSourceRef) return;
  if (spec.dataSource && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
}

/** What either of the two says, both say, except that only `dataSourceRef` reaches into another namespace. */
function alignDataSources(spec: PersistentVolumeClaimSpec): void {
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { apiGroup, kind, name } = spec.dataSourceRef;
    spec.dataSource = apiGroup === undefined ? { kind, name } : { apiGroup, kind, name };
  }
}

function isClaimOrSnapshot({ apiGroup, kind }: TypedLocalObjectReference): boolean {
  return (
    (kind === 'PersistentVolumeClaim' && !apiGroup) ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')
  );
}

function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  const warnings: string[] = [];
  warnOfBetaClass(metadata, warnings);
  if (spec) warnOfClaim(spec, 'spec', warnings);
  return warnings;
}
