import { posix } from 'node:path';
import { semanticEqual } from '../../meta/equality.ts';
import {
  checkImmutable,
  checkLabel,
  checkQuantityPositive,
  checkSubdomain,
  immutable,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { sortedMap } from '../../meta/label-validation.ts';
import { compareQuantities, quantityValue } from '../../meta/quantity.ts';
import { jsonDiff } from '../../meta/text-diff.ts';
import type {
  AzureFilePersistentVolumeSource,
  CinderPersistentVolumeSource,
  CSIPersistentVolumeSource,
  GlusterfsPersistentVolumeSource,
  LocalVolumeSource,
  PersistentVolume,
  PersistentVolumeSpec,
  NodeSelectorRequirement,
  StorageOSPersistentVolumeSource,
  VolumeNodeAffinity,
} from '../../schema/generated/core-v1.ts';
import { validateNodeSelector } from './affinity-validation.ts';
import { validateAccessModes, volumeModes } from './claim-spec-validation.ts';
import * as cloud from './cloud-volume-sources.ts';
import { internalPersistentVolumeSource, internalVolumeNodeAffinity } from './internal-form.ts';
import * as network from './network-volume-sources.ts';
import { checkNoBacksteps } from './path-validation.ts';
import { checkCsiDriverName, sourcePathNames, validateFlexVolume, validateHostPath } from './volume-sources.ts';

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];

/** Every source of a persistent volume, in the order in which upstream looks at them. */
const validators = {
  hostPath: validateHostPath,
  gcePersistentDisk: cloud.validateGcePersistentDisk,
  awsElasticBlockStore: cloud.validateAwsElasticBlockStore,
  glusterfs: validateGlusterfs,
  flocker: network.validateFlocker,
  nfs: network.validateNfs,
  rbd: network.validateRbd,
  quobyte: network.validateQuobyte,
  cephfs: network.validateCephfs,
  iscsi: network.validatePersistentIscsi,
  cinder: validateCinder,
  fc: network.validateFc,
  flexVolume: validateFlexVolume,
  azureFile: validateAzureFile,
  vsphereVolume: cloud.validateVsphere,
  photonPersistentDisk: cloud.validatePhoton,
  portworxVolume: network.validatePortworx,
  azureDisk: cloud.validateAzureDisk,
  scaleIO: network.validateScaleIo,
  local: validateLocal,
  storageos: validateStorageOs,
  csi: validateCsi,
} as const;
type SourceField = keyof typeof validators;

/**
 * Every cause in the spec: one source, a capacity of storage alone, access modes, and a node affinity where the volume
 * is local. The name counts as well: an iSCSI initiator's interface is called after it.
 */
export function validatePersistentVolume({ metadata, spec }: PersistentVolume): FieldError[] {
  const errors: Errors = [];
  if (spec) validateVolumeSpec(spec, metadata.name ?? '', 'spec', errors);
  return errors;
}

const whereInline = 'in the context of inline volumes';

/** The volume of an attachment that has no PersistentVolume: of a driver, and with nothing that is for claims. */
export function validateInlineVolumeSpec(spec: PersistentVolumeSpec, path: string, errors: Errors): void {
  const forbid = (field: keyof PersistentVolumeSpec, why: string): void => {
    errors.push(forbiddenField(`${path}.${field}`, `${why} ${whereInline}`));
  };
  const mayNotBe = 'may not be specified';
  if (spec.claimRef) forbid('claimRef', mayNotBe);
  if (Object.keys(spec.capacity ?? {}).length) forbid('capacity', mayNotBe);
  if (!spec.csi) errors.push(required(`${path}.csi`, `has to be specified ${whereInline}`));
  validateModes(spec, path, errors);
  if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== 'Retain')
    forbid('persistentVolumeReclaimPolicy', 'may only be Retain');
  if (spec.nodeAffinity) forbid('nodeAffinity', mayNotBe);
  validateSource(spec, '', path, errors);
  if (spec.storageClassName) forbid('storageClassName', mayNotBe);
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem')
    forbid('volumeMode', 'may not specify volumeMode other than Filesystem');
}

function validateModes(spec: PersistentVolumeSpec, path: string, errors: Errors): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(`${path}.accessModes`));
  validateAccessModes(modes, `${path}.accessModes`, errors);
}

function validateVolumeSpec(spec: PersistentVolumeSpec, name: string, path: string, errors: Errors): void {
  validateModes(spec, path, errors);
  validateCapacity(spec.capacity, `${path}.capacity`, errors);
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !reclaimPolicies.includes(policy))
    errors.push(unsupported(`${path}.persistentVolumeReclaimPolicy`, policy, reclaimPolicies));
  if (spec.nodeAffinity) {
    const at = `${path}.nodeAffinity.required`;
    if (spec.nodeAffinity.required) validateNodeSelector(spec.nodeAffinity.required, at, errors);
    else errors.push(required(at, 'must specify required node constraints'));
  }
  validateSource(spec, name, path, errors);
  if (spec.hostPath?.path && /^\/+$/.test(posix.normalize(spec.hostPath.path)) && policy === 'Recycle') {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, why));
  }
  if (spec.storageClassName) checkSubdomain(spec.storageClassName, `${path}.storageClassName`, errors);
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode))
    errors.push(unsupported(`${path}.volumeMode`, spec.volumeMode, volumeModes));
  if (spec.volumeAttributesClassName !== undefined) {
    const at = `${path}.volumeAttributesClassName`;
    if (!spec.volumeAttributesClassName) errors.push(required(at, 'an empty string is disallowed'));
    else checkSubdomain(spec.volumeAttributesClassName, at, errors);
    if (!spec.csi) errors.push(required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName'));
  }
}

function validateCapacity(capacity: Readonly<Record<string, string>> | undefined, path: string, errors: Errors): void {
  const names = Object.keys(capacity ?? {});
  if (names.length === 0) errors.push(required(path));
  if (!names.includes('storage') || names.length > 1)
    errors.push(unsupported(path, names.length > 0 ? sortedMap(capacity) : null, ['storage']));
  for (const [name, quantity] of Object.entries(capacity ?? {})) {
    const at = `${path}[${name}]`;
    if (compareQuantities(quantity, '0') < 0)
      errors.push(invalidValue(at, quantityValue(quantity), 'must be a valid resource quantity'));
    checkQuantityPositive(quantity, at, errors);
  }
}

function validateSource(spec: PersistentVolumeSpec, name: string, path: string, errors: Errors): void {
  let count = 0;
  for (const field of Object.keys(validators) as SourceField[]) {
    const source = spec[field];
    if (!source) continue;
    const { checked = field, surplus = field } = sourcePathNames[field] ?? {};
    if (count > 0) errors.push(forbiddenField(`${path}.${surplus}`, 'may not specify more than 1 volume type'));
    else {
      validators[field](source as never, `${path}.${checked}`, errors, name);
      if (field === 'local' && !spec.nodeAffinity)
        errors.push(required(`${path}.nodeAffinity`, 'Local volume requires node affinity'));
    }
    count++;
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
}

function validateLocal({ path: local }: LocalVolumeSource, path: string, errors: Errors): void {
  if (!local) errors.push(required(`${path}.path`));
  else checkNoBacksteps(local, `${path}.path`, errors);
}

function validateCinder({ volumeID, secretRef }: CinderPersistentVolumeSource, path: string, errors: Errors): void {
  if (!volumeID) errors.push(required(`${path}.volumeID`));
  if (!secretRef) return;
  if (!secretRef.name) errors.push(required(`${path}.secretRef.name`));
  if (!secretRef.namespace) errors.push(required(`${path}.secretRef.namespace`));
}

function validateAzureFile(
  { secretName, shareName, secretNamespace }: AzureFilePersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!secretName) errors.push(required(`${path}.secretName`));
  if (!shareName) errors.push(required(`${path}.shareName`));
  if (secretNamespace === '') errors.push(required(`${path}.secretNamespace`));
}

function validateGlusterfs(glusterfs: GlusterfsPersistentVolumeSource, path: string, errors: Errors): void {
  network.validateGlusterfs(glusterfs, path, errors);
  const { endpointsNamespace } = glusterfs;
  if (endpointsNamespace === undefined) return;
  const at = `${path}.endpointsNamespace`;
  if (endpointsNamespace) checkLabel(endpointsNamespace, at, errors);
  else errors.push(invalidValue(at, '', 'if the endpointnamespace is set, it must be a valid namespace name'));
}

function validateStorageOs(storageOs: StorageOSPersistentVolumeSource, path: string, errors: Errors): void {
  network.validateStorageOs(storageOs, path, errors);
  if (storageOs.secretRef && !storageOs.secretRef.namespace) errors.push(required(`${path}.secretRef.namespace`));
}

const secretRefs = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

function validateCsi(csi: CSIPersistentVolumeSource, path: string, errors: Errors): void {
  checkCsiDriverName(csi.driver, `${path}.driver`, errors);
  if (!csi.volumeHandle) errors.push(required(`${path}.volumeHandle`));
  for (const field of secretRefs) {
    const reference = csi[field];
    if (!reference) continue;
    const at = `${path}.${field}`;
    if (!reference.name) errors.push(required(`${at}.name`));
    else checkSubdomain(reference.name, `${at}.name`, errors);
    if (!reference.namespace) errors.push(required(`${at}.namespace`));
    else checkLabel(reference.namespace, `${at}.namespace`, errors);
  }
}

/**
 * All that is wrong with the volume, then what may not change: source, volume mode and, once set, node affinity.
 * `volumeAttributesClassName` may change but not go. As upstream's, errors name `volumeMode` without its `spec.`
 */
export function validatePersistentVolumeUpdate(next: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors = validatePersistentVolume(next);
  const source = internalPersistentVolumeSource(next.spec ?? {});
  const before = internalPersistentVolumeSource(withNewExpandSecret(next, old));
  if (!semanticEqual(source, before)) {
    const why = `spec.persistentvolumesource is immutable after creation\n${jsonDiff(before, source)}`;
    errors.push(forbiddenField('spec.persistentvolumesource', why));
  }
  checkImmutable(next.spec?.volumeMode, old.spec?.volumeMode, 'volumeMode', errors);
  validateAffinityChange(next.spec?.nodeAffinity, old.spec?.nodeAffinity, errors);
  if (old.spec?.volumeAttributesClassName !== undefined && next.spec?.volumeAttributesClassName === undefined)
    errors.push(forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return errors;
}

const stableLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

/** Where a volume can be reached from does not change; the labels that say so may take their newer names. */
function validateAffinityChange(
  next: VolumeNodeAffinity | undefined,
  old: VolumeNodeAffinity | undefined,
  errors: Errors,
): void {
  if (!old || semanticEqual(withStableLabels(next, old), next)) return;
  const why = `${immutable}, except for updating from beta label to GA`;
  errors.push(invalidValue('nodeAffinity', internalVolumeNodeAffinity(next), why));
}

/** The old affinity, with a label's newer name where the other one has it at the same place. */
function withStableLabels(next: VolumeNodeAffinity | undefined, old: VolumeNodeAffinity): VolumeNodeAffinity {
  if (!old.required) return old;
  const renamed = (
    list: NodeSelectorRequirement[] | undefined,
    other: NodeSelectorRequirement[] | undefined,
  ): NodeSelectorRequirement[] | undefined =>
    list?.map((item, index) => {
      const key = other?.[index]?.key;
      return key !== undefined && stableLabels[item.key] === key ? { ...item, key } : item;
    });
  const nodeSelectorTerms = old.required.nodeSelectorTerms.map((term, index) => {
    const other = next?.required?.nodeSelectorTerms?.[index];
    const matchExpressions = renamed(term.matchExpressions, other?.matchExpressions);
    return { ...term, matchExpressions, matchFields: renamed(term.matchFields, other?.matchFields) };
  });
  return { ...old, required: { ...old.required, nodeSelectorTerms } };
}

/** The secret with which a driver makes volumes larger may be added to volumes made before it was known. */
function withNewExpandSecret(next: PersistentVolume, { spec: old = {} }: PersistentVolume): PersistentVolumeSpec {
  if (!old.csi || !next.spec?.csi || old.csi.controllerExpandSecretRef) return old;
  return { ...old, csi: { ...old.csi, controllerExpandSecretRef: next.spec.csi.controllerExpandSecretRef } };
}
