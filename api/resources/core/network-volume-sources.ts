/** Filesystems and block devices that a storage system offers over the network. */
import { checkLabel, checkRange, checkRequired, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required } from '../../meta/field-error.ts';
import type * as core from '../../schema/generated/core-v1.ts';

/** A server and an absolute path on it; a path that is absent is complained of twice. */
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

/**
 * A portal, a target by its iqn, eui or naa name and a LUN of 0 to 255, of a pod; CHAP needs a secret. How long
 * the volume's name and the portal are together is for `checkPortalName`.
 */
export function validateIscsi(iscsi: core.ISCSIVolumeSource, path: string, errors: Errors): void {
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

/** Endpoints and a path. The namespace of the endpoints, which only persistent volumes give, is for the caller. */
export function validateGlusterfs(
  glusterfs: core.GlusterfsVolumeSource | core.GlusterfsPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(glusterfs.endpoints, `${path}.endpoints`, errors);
  checkRequired(glusterfs.path, `${path}.path`, errors);
}

/** A dataset by its name, without slashes, or by its UUID, not by both. */
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

/** An image, and at least one monitor that knows of it. Pool, user and keyring have defaults. */
export function validateRbd(
  rbd: core.RBDVolumeSource | core.RBDPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!rbd.monitors?.length) errors.push(required(`${path}.monitors`));
  checkRequired(rbd.image, `${path}.image`, errors);
}

/** At least one monitor; all else may be left out. */
export function validateCephfs(
  cephfs: core.CephFSVolumeSource | core.CephFSPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  if (!cephfs.monitors?.length) errors.push(required(`${path}.monitors`));
}

/**
 * A volume, and the registry that knows it: `host:port`, or several with commas between. Its form is looked at only
 * where the tenant is all right, which has 64 characters at most.
 */
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

/** `targetWWNs` with a LUN of 0 to 255, or `wwids`, not both; with `wwids` the LUN is not looked at. */
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

/** A volume by ID, of which the form is not checked. */
export function validatePortworx(volume: core.PortworxVolumeSource, path: string, errors: Errors): void {
  checkRequired(volume.volumeID, `${path}.volumeID`, errors);
}

/**
 * A volume, and its namespace if given, by names that are DNS labels; a secret needs a name. The secret's namespace,
 * which only persistent volumes give, is for the caller.
 */
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

/** Gateway, system and volume must be named, in any form. The secret is not looked at. */
export function validateScaleIo(
  scaleIO: core.ScaleIOVolumeSource | core.ScaleIOPersistentVolumeSource,
  path: string,
  errors: Errors,
): void {
  checkRequired(scaleIO.gateway, `${path}.gateway`, errors);
  checkRequired(scaleIO.system, `${path}.system`, errors);
  checkRequired(scaleIO.volumeName, `${path}.volumeName`, errors);
}
