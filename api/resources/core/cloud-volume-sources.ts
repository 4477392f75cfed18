/** Disks of cloud providers and of virtual machine platforms. */
import { checkRequired, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue } from '../../meta/field-error.ts';
import type * as core from '../../schema/generated/core-v1.ts';

function checkPartition(partition: number | undefined, path: string, errors: Errors): void {
  if (partition !== undefined && (partition < 0 || partition > 255))
    errors.push(invalidValue(`${path}.partition`, partition, 'must be between 1 and 255, inclusive'));
}

/** A disk by name, of a pod or a persistent volume. Partition 0 is the whole disk, though the message says 1 to 255. */
export function validateGcePersistentDisk(
  disk: core.GCEPersistentDiskVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(disk.pdName, `${path}.pdName`, errors);
  checkPartition(disk.partition, path, errors);
}

/** A volume by ID, of which the form is not checked; partitions as `validateGcePersistentDisk` has them. */
export function validateAwsElasticBlockStore(
  store: core.AWSElasticBlockStoreVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(store.volumeID, `${path}.volumeID`, errors);
  checkPartition(store.partition, path, errors);
}

/** A pod's volume by ID. Its secret needs a name only: unlike a persistent volume's, it is in the pod's namespace. */
export function validateCinder(cinder: core.CinderVolumeSource, path: string, errors: Errors): void {
  checkRequired(cinder.volumeID, `${path}.volumeID`, errors);
  if (cinder.secretRef) checkRequired(cinder.secretRef.name, `${path}.secretRef.name`, errors);
}

/** A virtual disk by the path of its file, of which the form is not checked. */
export function validateVsphere(disk: core.VsphereVirtualDiskVolumeSource, path: string, errors: Errors): void {
  checkRequired(disk.volumePath, `${path}.volumePath`, errors);
}

/** A persistent disk by ID, of which the form is not checked. */
export function validatePhoton(disk: core.PhotonPersistentDiskVolumeSource, path: string, errors: Errors): void {
  checkRequired(disk.pdID, `${path}.pdID`, errors);
}

const managedDiskUris = [
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
];
const blobDiskUris = ['https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'];

/**
 * A disk by name and URI: managed disks are below `/subscriptions/`, all others are blobs with an `https` URL. Defaults
 * must be filled: without a `kind` any URI will do.
 */
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
