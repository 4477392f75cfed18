/** What each kind of volume must say, for volumes of pods; those that persistent volumes share are exported. */
import {
  addInvalid,
  checkLabel,
  checkRange,
  checkSubdomain,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { FieldError, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { validateAnnotations, validateLabels } from '../../meta/label-validation.ts';
import { isDns1123Subdomain } from '../../meta/names.ts';
import { compareQuantities } from '../../meta/quantity.ts';
import type * as core from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { validateClaimSpec } from './claim-spec-validation.ts';
import { validateFieldSelector, validateResourceFieldSelector, volumeFieldPaths } from './env-validation.ts';
import { checkDescendingPath, checkFileMode, checkNoBacksteps, checkVolumePath } from './path-validation.ts';

type VolumeField = Exclude<keyof core.Volume, 'name'>;

/** Upstream's messages call some sources otherwise: where they are looked into, and where they are one too many. */
interface PathNames {
  readonly checked?: string;
  readonly surplus?: string;
}

interface SourceRule<F extends VolumeField> extends PathNames {
  readonly field: F;
  /** `isPod` is false in templates, where defaults may be filled in later. */
  readonly validate: (source: NonNullable<core.Volume[F]>, path: string, errors: Errors, isPod: boolean) => void;
}

function source<F extends VolumeField>(
  field: F,
  validate: SourceRule<F>['validate'],
  names: PathNames = {},
): SourceRule<F> {
  return { field, ...names, validate };
}

/** How messages call those sources of volumes, of pods and by themselves, that they do not call by their field. */
export const sourcePathNames: Readonly<Record<string, PathNames>> = {
  gcePersistentDisk: { checked: 'persistentDisk' },
  cephfs: { surplus: 'cephFS' },
  downwardAPI: { surplus: 'downwarAPI' },
};

/** Every source of a pod's volume, in the order in which upstream looks at them. */
export const podVolumeSources = [
  source('emptyDir', validateEmptyDir),
  source('hostPath', validateHostPath),
  source('gitRepo', ({ repository, directory }, path, errors) => {
    checkRequired(repository, `${path}.repository`, errors);
    checkDescendingPath(directory ?? '', `${path}.directory`, errors);
  }),
  source('gcePersistentDisk', validateGcePersistentDisk, sourcePathNames['gcePersistentDisk']),
  source('awsElasticBlockStore', validateAwsElasticBlockStore),
  source('secret', validateSecretSource),
  source('nfs', validateNfs),
  source('iscsi', validateIscsi),
  source('glusterfs', validateGlusterfs),
  source('flocker', validateFlocker),
  source('persistentVolumeClaim', ({ claimName }, path, errors) =>
    checkRequired(claimName, `${path}.claimName`, errors),
  ),
  source('rbd', validateRbd),
  source('cinder', validateCinder),
  source('cephfs', validateCephfs, sourcePathNames['cephfs']),
  source('quobyte', validateQuobyte),
  source('downwardAPI', validateDownwardApi, sourcePathNames['downwardAPI']),
  source('fc', validateFc),
  source('flexVolume', validateFlexVolume),
  source('configMap', validateConfigMapSource),
  source('azureFile', ({ secretName, shareName }, path, errors) => {
    checkRequired(secretName, `${path}.secretName`, errors);
    checkRequired(shareName, `${path}.shareName`, errors);
  }),
  source('vsphereVolume', validateVsphere),
  source('photonPersistentDisk', validatePhoton),
  source('portworxVolume', validatePortworx),
  source('azureDisk', validateAzureDisk),
  source('storageos', validateStorageOs),
  source('projected', validateProjected),
  source('scaleIO', validateScaleIo),
  source('csi', validateCsi),
  source('ephemeral', validateEphemeral),
  source('image', validateImage),
] as const;

function checkRequired(value: string | undefined, field: string, errors: Errors): void {
  if (!value) errors.push(required(field));
}

function validateEmptyDir({ sizeLimit }: core.EmptyDirVolumeSource, path: string, errors: Errors): void {
  if (sizeLimit !== undefined && compareQuantities(sizeLimit, '0') < 0)
    errors.push(forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

export function validateHostPath(
  { path: hostPath, type }: core.HostPathVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!hostPath) {
    errors.push(required(`${path}.path`));
    return;
  }
  checkNoBacksteps(hostPath, `${path}.path`, errors);
  if (type !== undefined && !hostPathTypes.includes(type))
    errors.push(unsupported(`${path}.type`, type, hostPathTypes));
}

function checkPartition(partition: number | undefined, path: string, errors: Errors): void {
  if (partition !== undefined && (partition < 0 || partition > 255))
    errors.push(invalidValue(`${path}.partition`, partition, 'must be between 1 and 255, inclusive'));
}

export function validateGcePersistentDisk(
  disk: core.GCEPersistentDiskVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(disk.pdName, `${path}.pdName`, errors);
  checkPartition(disk.partition, path, errors);
}

export function validateAwsElasticBlockStore(
  store: core.AWSElasticBlockStoreVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(store.volumeID, `${path}.volumeID`, errors);
  checkPartition(store.partition, path, errors);
}

function validateSecretSource(secret: core.SecretVolumeSource, path: string, errors: Errors): void {
  checkRequired(secret.secretName, `${path}.secretName`, errors);
  checkFileMode(secret.defaultMode, `${path}.defaultMode`, errors);
  validateItems(secret.items, `${path}.items`, errors);
}

function validateConfigMapSource(configMap: core.ConfigMapVolumeSource, path: string, errors: Errors): void {
  checkRequired(configMap.name, `${path}.name`, errors);
  checkFileMode(configMap.defaultMode, `${path}.defaultMode`, errors);
  validateItems(configMap.items, `${path}.items`, errors);
}

function validateItems(items: readonly core.KeyToPath[] | undefined, path: string, errors: Errors): void {
  for (const [index, { key, path: file, mode }] of (items ?? []).entries()) {
    const at = `${path}[${index}]`;
    checkRequired(key, `${at}.key`, errors);
    checkRequired(file, `${at}.path`, errors);
    checkVolumePath(file ?? '', `${at}.path`, errors);
    checkFileMode(mode, `${at}.mode`, errors);
  }
}

export function validateNfs({ server, path: exported }: core.NFSVolumeSource, path: string, errors: Errors): void {
  checkRequired(server, `${path}.server`, errors);
  checkRequired(exported, `${path}.path`, errors);
  if (!exported?.startsWith('/')) errors.push(invalidValue(`${path}.path`, exported ?? '', 'must be an absolute path'));
}

const iscsiNames = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

const iscsiFormat = 'must be valid format';
const iscsiScheme = 'must be valid format starting with iqn, eui, or naa';

function checkIscsiName(name: string, field: string, whyNoScheme: string, errors: Errors): void {
  const scheme = (['iqn', 'eui', 'naa'] as const).find((prefix) => name.startsWith(prefix));
  if (!scheme) errors.push(invalidValue(field, name, whyNoScheme));
  else if (!iscsiNames[scheme].test(name)) errors.push(invalidValue(field, name, iscsiFormat));
}

const portalNameMaxLength = 64;

/** The name and the portal of a volume with an initiator of its own become the name of an interface. */
export function checkPortalName(
  name: string,
  { targetPortal, initiatorName }: core.ISCSIVolumeSource | core.ISCSIPersistentVolumeSource,
  field: string,
  value: string,
  errors: Errors,
): void {
  if (initiatorName === undefined || Buffer.byteLength(`${name}:${targetPortal ?? ''}`) <= portalNameMaxLength) return;
  const why = `Total length of <volume name>:<iscsi.targetPortal> must be under ${portalNameMaxLength} characters if iscsi.initiatorName is specified.`;
  errors.push(invalidValue(field, value, why));
}

function validateIscsi(iscsi: core.ISCSIVolumeSource, path: string, errors: Errors): void {
  checkRequired(iscsi.targetPortal, `${path}.targetPortal`, errors);
  checkIscsiTarget(iscsi, path, iscsiScheme, errors);
  if (iscsi.initiatorName !== undefined)
    checkIscsiName(iscsi.initiatorName, `${path}.initiatorname`, iscsiScheme, errors);
}

/** As for pods, with fewer words for a name without a known scheme. */
export function validatePersistentIscsi(
  iscsi: core.ISCSIPersistentVolumeSource,
  path: string,
  errors: Errors,
  volumeName: string,
): void {
  checkRequired(iscsi.targetPortal, `${path}.targetPortal`, errors);
  checkPortalName(volumeName, iscsi, `${path}.targetportal`, iscsi.targetPortal ?? '', errors);
  checkIscsiTarget(iscsi, path, iscsiFormat, errors);
  if (iscsi.secretRef) checkRequired(iscsi.secretRef.name, `${path}.secretRef.name`, errors);
  if (iscsi.initiatorName !== undefined)
    checkIscsiName(iscsi.initiatorName, `${path}.initiatorname`, iscsiFormat, errors);
}

function checkIscsiTarget(
  iscsi: core.ISCSIVolumeSource | core.ISCSIPersistentVolumeSource,
  path: string,
  whyNoScheme: string,
  errors: Errors,
): void {
  if (!iscsi.iqn) errors.push(required(`${path}.iqn`));
  else checkIscsiName(iscsi.iqn, `${path}.iqn`, whyNoScheme, errors);
  checkRange(iscsi.lun ?? 0, 0, 255, `${path}.lun`, errors);
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef)
    errors.push(required(`${path}.secretRef`));
}

export function validateGlusterfs(
  glusterfs: core.GlusterfsVolumeSource | core.GlusterfsPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(glusterfs.endpoints, `${path}.endpoints`, errors);
  checkRequired(glusterfs.path, `${path}.path`, errors);
}

export function validateFlocker(
  { datasetName, datasetUUID }: core.FlockerVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!datasetName && !datasetUUID) errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (datasetName && datasetUUID)
    errors.push(invalidValue(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (datasetName?.includes('/')) errors.push(invalidValue(`${path}.datasetName`, datasetName, "must not contain '/'"));
}

export function validateRbd(
  rbd: core.RBDVolumeSource | core.RBDPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!rbd.monitors?.length) errors.push(required(`${path}.monitors`));
  checkRequired(rbd.image, `${path}.image`, errors);
}

function validateCinder(cinder: core.CinderVolumeSource, path: string, errors: Errors): void {
  checkRequired(cinder.volumeID, `${path}.volumeID`, errors);
  if (cinder.secretRef) checkRequired(cinder.secretRef.name, `${path}.secretRef.name`, errors);
}

export function validateCephfs(
  cephfs: core.CephFSVolumeSource | core.CephFSPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!cephfs.monitors?.length) errors.push(required(`${path}.monitors`));
}

export function validateQuobyte(
  { registry, tenant, volume }: core.QuobyteVolumeSource,
  path: string,
  errors: Errors,
): void {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  if (!registry) errors.push(required(`${path}.registry`, pairs));
  else if ((tenant?.length ?? 0) >= 65)
    errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else {
    for (const pair of registry.split(',')) {
      if (!/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair)) errors.push(invalidValue(`${path}.registry`, registry, pairs));
    }
  }
  checkRequired(volume, `${path}.volume`, errors);
}

function validateDownwardApi(source: core.DownwardAPIVolumeSource, path: string, errors: Errors): void {
  checkFileMode(source.defaultMode, `${path}.defaultMode`, errors);
  for (const file of source.items ?? []) validateDownwardFile(file, path, errors);
}

function validateDownwardFile(file: core.DownwardAPIVolumeFile, path: string, errors: Errors): void {
  checkRequired(file.path, `${path}.path`, errors);
  checkVolumePath(file.path ?? '', `${path}.path`, errors);
  const { fieldRef, resourceFieldRef } = file;
  if (fieldRef) {
    validateFieldSelector(fieldRef, volumeFieldPaths, `${path}.fieldRef`, errors);
    if (resourceFieldRef)
      errors.push(invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (resourceFieldRef)
    validateResourceFieldSelector(resourceFieldRef, true, `${path}.resourceFieldRef`, errors);
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  checkFileMode(file.mode, `${path}.mode`, errors);
}

export function validateFc({ targetWWNs, wwids, lun }: core.FCVolumeSource, path: string, errors: Errors): void {
  const hasNames = !!targetWWNs?.length;
  if (!hasNames && !wwids?.length)
    errors.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'));
  if (hasNames && wwids?.length)
    errors.push(
      invalidValue(`${path}.targetWWNs`, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'),
    );
  if (!hasNames) return;
  if (lun === undefined) errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'));
  else checkRange(lun, 0, 255, `${path}.lun`, errors);
}

export function validateFlexVolume(
  { driver, options }: core.FlexVolumeSource | core.FlexPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(driver, `${path}.driver`, errors);
  for (const key in options) {
    const parts = key.split('/');
    const domain = `.${(parts.length > 1 ? parts[0]! : key).toLowerCase()}`;
    if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io'))
      errors.push(invalidValue(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'));
  }
}

export function validateVsphere(disk: core.VsphereVirtualDiskVolumeSource, path: string, errors: Errors): void {
  checkRequired(disk.volumePath, `${path}.volumePath`, errors);
}

export function validatePhoton(disk: core.PhotonPersistentDiskVolumeSource, path: string, errors: Errors): void {
  checkRequired(disk.pdID, `${path}.pdID`, errors);
}

export function validatePortworx(volume: core.PortworxVolumeSource, path: string, errors: Errors): void {
  checkRequired(volume.volumeID, `${path}.volumeID`, errors);
}

const managedDiskUris = [
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
];
const blobDiskUris = ['https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'];

export function validateAzureDisk(disk: core.AzureDiskVolumeSource, path: string, errors: Errors): void {
  const { diskName, diskURI, cachingMode, kind } = disk;
  checkRequired(diskName, `${path}.diskName`, errors);
  checkRequired(diskURI, `${path}.diskURI`, errors);
  const caching = ['None', 'ReadOnly', 'ReadWrite'];
  if (cachingMode !== undefined && !caching.includes(cachingMode))
    errors.push(unsupported(`${path}.cachingMode`, cachingMode, caching));
  const kinds = ['Dedicated', 'Managed', 'Shared'];
  if (kind !== undefined && !kinds.includes(kind)) errors.push(unsupported(`${path}.kind`, kind, kinds));
  if (kind === 'Managed' && !diskURI?.startsWith('/subscriptions/'))
    errors.push(unsupported(`${path}.diskURI`, diskURI ?? '', managedDiskUris));
  if (kind !== undefined && kind !== 'Managed' && !diskURI?.startsWith('https://'))
    errors.push(unsupported(`${path}.diskURI`, diskURI ?? '', blobDiskUris));
}

export function validateStorageOs(
  { volumeName, volumeNamespace, secretRef }: core.StorageOSVolumeSource | core.StorageOSPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!volumeName) errors.push(required(`${path}.volumeName`));
  else checkLabel(volumeName, `${path}.volumeName`, errors);
  if (volumeNamespace) checkLabel(volumeNamespace, `${path}.volumeNamespace`, errors);
  if (secretRef) checkRequired(secretRef.name, `${path}.secretRef.name`, errors);
}

const minTokenSeconds = 10 * 60;

function validateProjected(projected: core.ProjectedVolumeSource, path: string, errors: Errors): void {
  checkFileMode(projected.defaultMode, `${path}.defaultMode`, errors);
  const sources = projected.sources ?? [];
  const paths = new Set<string>();
  const takePath = (file: string | undefined, owner: string): void => {
    if (!file) return;
    if (paths.has(file)) errors.push(invalidValue(path, owner, 'conflicting duplicate paths'));
    paths.add(file);
  };
  const validateNamed = (named: core.SecretProjection | core.ConfigMapProjection, at: string): void => {
    checkRequired(named.name, `${at}.name`, errors);
    validateItems(named.items, `${at}.items`, errors);
    for (const item of named.items ?? []) takePath(item.path, named.name ?? '');
  };
  for (let i = 0; i < sources.length; i++) {
    const at = `${path}.sources[${i}]`;
    const { secret, configMap, downwardAPI, serviceAccountToken, podCertificate } = sources[i]!;
    if (secret) validateNamed(secret, `${at}.secret`);
    if (configMap) validateNamed(configMap, `${at}.configMap`);
    for (const file of downwardAPI?.items ?? []) {
      validateDownwardFile(file, `${at}.downwardAPI`, errors);
      takePath(file.path, file.path);
    }
    if (serviceAccountToken) validateTokenProjection(serviceAccountToken, path, `${at}.serviceAccountToken`, errors);
    const count = +!!secret + +!!configMap + +!!downwardAPI + +!!serviceAccountToken + +!!podCertificate;
    if (count > 1) errors.push(forbiddenField(at, 'may not specify more than 1 volume type per source'));
  }
}

function validateTokenProjection(
  { expirationSeconds, path: file }: core.ServiceAccountTokenProjection,
  volumePath: string,
  path: string,
  errors: Errors,
): void {
  if (expirationSeconds !== undefined) {
    const at = `${path}.expirationSeconds`;
    if (expirationSeconds < minTokenSeconds)
      errors.push(invalidValue(at, expirationSeconds, 'may not specify a duration less than 10 minutes'));
    if (expirationSeconds > 2 ** 32)
      errors.push(invalidValue(at, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!file) errors.push(required(`${volumePath}.path`));
  else checkVolumePath(file, `${volumePath}.path`, errors);
}

export function validateScaleIo(
  scaleIO: core.ScaleIOVolumeSource | core.ScaleIOPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(scaleIO.gateway, `${path}.gateway`, errors);
  checkRequired(scaleIO.system, `${path}.system`, errors);
  checkRequired(scaleIO.volumeName, `${path}.volumeName`, errors);
}

function validateCsi({ driver, nodePublishSecretRef }: core.CSIVolumeSource, path: string, errors: Errors): void {
  checkCsiDriverName(driver, `${path}.driver`, errors);
  if (!nodePublishSecretRef) return;
  const at = `${path}.nodePublishSecretRef`;
  if (!nodePublishSecretRef.name) errors.push(required(`${at}.name`));
  else checkSubdomain(nodePublishSecretRef.name, `${path}.name`, errors);
}

const driverNameMaxLength = 63;

export function checkCsiDriverName(driver: string | undefined, field: string, errors: Errors): void {
  if (!driver) errors.push(required(field));
  else if (driver.length > driverNameMaxLength)
    errors.push(new FieldError('FieldValueTooLong', field, '', `may not be more than ${driverNameMaxLength} bytes`));
  addInvalid(driver ? isDns1123Subdomain(driver.toLowerCase()) : [], field, driver, errors);
}

function validateEphemeral({ volumeClaimTemplate }: core.EphemeralVolumeSource, path: string, errors: Errors): void {
  if (!volumeClaimTemplate) {
    errors.push(required(`${path}.volumeClaimTemplate`));
    return;
  }
  const at = `${path}.volumeClaimTemplate`;
  validateTemplateMeta(volumeClaimTemplate.metadata ?? {}, `${at}.metadata`, errors);
  validateClaimSpec(volumeClaimTemplate.spec, `${at}.spec`, errors);
}

/** The metadata of a template may say labels and annotations, nothing else. */
export function validateTemplateMeta(meta: ObjectMeta, path: string, errors: Errors): void {
  validateAnnotations(meta.annotations, `${path}.annotations`, errors);
  validateLabels(meta.labels, `${path}.labels`, errors);
  for (const [field, pathName] of notForTemplates)
    if (meta[field]) errors.push(forbiddenField(`${path}.${pathName ?? field}`, 'cannot be set'));
}

/** In the order of upstream's type, with the name in messages where it is another. */
const notForTemplates: readonly (readonly [keyof ObjectMeta, string?])[] = [
  ['name'],
  ['generateName'],
  ['namespace'],
  ['selfLink'],
  ['uid', 'uID'],
  ['resourceVersion'],
  ['generation'],
  ['creationTimestamp'],
  ['deletionTimestamp'],
  ['deletionGracePeriodSeconds'],
  ['ownerReferences'],
  ['finalizers'],
  ['managedFields'],
];

function validateImage(
  { reference, pullPolicy }: core.ImageVolumeSource,
  path: string,
  errors: Errors,
  isPod: boolean,
): void {
  if (isPod) checkRequired(reference, `${path}.reference`, errors);
  const policies = ['Always', 'IfNotPresent', 'Never'];
  if (pullPolicy && !policies.includes(pullPolicy))
    errors.push(unsupported(`${path}.pullPolicy`, pullPolicy, policies));
}
