/**
 * Every source of a pod's volume. What each must say stands here, but for disks of clouds, storage on the network and
 * files that come from the API, which have a file each. Persistent volumes share most of it.
 */
import { addInvalid, checkRequired, checkSubdomain, unsupported, type Errors } from '../../meta/field-checks.ts';
import { FieldError, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { validateAnnotations, validateLabels } from '../../meta/label-validation.ts';
import { isDns1123Subdomain } from '../../meta/names.ts';
import { compareQuantities } from '../../meta/quantity.ts';
import type * as core from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { validateClaimSpec } from './claim-spec-validation.ts';
import * as cloud from './cloud-volume-sources.ts';
import * as network from './network-volume-sources.ts';
import { checkDescendingPath, checkNoBacksteps } from './path-validation.ts';
import * as projected from './projected-volume-sources.ts';

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
  source('gcePersistentDisk', cloud.validateGcePersistentDisk, sourcePathNames['gcePersistentDisk']),
  source('awsElasticBlockStore', cloud.validateAwsElasticBlockStore),
  source('secret', projected.validateSecretSource),
  source('nfs', network.validateNfs),
  source('iscsi', network.validateIscsi),
  source('glusterfs', network.validateGlusterfs),
  source('flocker', network.validateFlocker),
  source('persistentVolumeClaim', ({ claimName }, path, errors) =>
    checkRequired(claimName, `${path}.claimName`, errors),
  ),
  source('rbd', network.validateRbd),
  source('cinder', cloud.validateCinder),
  source('cephfs', network.validateCephfs, sourcePathNames['cephfs']),
  source('quobyte', network.validateQuobyte),
  source('downwardAPI', projected.validateDownwardApi, sourcePathNames['downwardAPI']),
  source('fc', network.validateFc),
  source('flexVolume', validateFlexVolume),
  source('configMap', projected.validateConfigMapSource),
  source('azureFile', ({ secretName, shareName }, path, errors) => {
    checkRequired(secretName, `${path}.secretName`, errors);
    checkRequired(shareName, `${path}.shareName`, errors);
  }),
  source('vsphereVolume', cloud.validateVsphere),
  source('photonPersistentDisk', cloud.validatePhoton),
  source('portworxVolume', network.validatePortworx),
  source('azureDisk', cloud.validateAzureDisk),
  source('storageos', network.validateStorageOs),
  source('projected', projected.validateProjected),
  source('scaleIO', network.validateScaleIo),
  source('csi', validateCsi),
  source('ephemeral', validateEphemeral),
  source('image', validateImage),
] as const;

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

/** A path without `..`, of a known type if of any. A relative one is let through, as by upstream. */
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

/**
 * A driver, and options outside of the domains that are Kubernetes' own (`kubernetes.io`, `k8s.io` and those below
 * them). An option without a slash is itself looked at as a domain.
 */
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

function validateCsi({ driver, nodePublishSecretRef }: core.CSIVolumeSource, path: string, errors: Errors): void {
  checkCsiDriverName(driver, `${path}.driver`, errors);
  if (!nodePublishSecretRef) return;
  const at = `${path}.nodePublishSecretRef`;
  if (!nodePublishSecretRef.name) errors.push(required(`${at}.name`));
  else checkSubdomain(nodePublishSecretRef.name, `${path}.name`, errors);
}

const driverNameMaxLength = 63;

/**
 * A DNS subdomain of at most 63 bytes, in upper or lower case; an absent name is an error of its own. Drivers of
 * dynamic resource allocation follow the same rule.
 */
export function checkCsiDriverName(driver: string | undefined, field: string, errors: Errors): void {
  if (!driver) errors.push(required(field));
  else if (Buffer.byteLength(driver) > driverNameMaxLength)
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
