import type {
  AzureDiskVolumeSource,
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  Volume,
  VolumeProjection,
} from '../../schema/generated/core-v1.ts';
import { nullConditionTimes } from '../strategy.ts';
import { defaultPullPolicy } from './image-reference.ts';
import { roundResourceList } from './resource-list-defaults.ts';

const fileMode = 0o644;
const tokenLifetimeSeconds = 3600;
const certificateLifetimeSeconds = 86400;

/** Fills a pod's volume; one that names no source is an empty directory. */
export function setVolumeDefaults(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  const { secret, configMap, projected, downwardAPI, ephemeral, image } = volume;
  if (secret) secret.defaultMode ??= fileMode;
  if (configMap) {
    configMap.name ??= '';
    configMap.defaultMode ??= fileMode;
  }
  if (downwardAPI) {
    downwardAPI.defaultMode ??= fileMode;
    downwardAPI.items?.forEach(setDownwardFileDefaults);
  }
  if (projected) {
    projected.defaultMode ??= fileMode;
    projected.sources?.forEach(setProjectionDefaults);
  }
  if (ephemeral?.volumeClaimTemplate) {
    ephemeral.volumeClaimTemplate.metadata ??= {};
    ephemeral.volumeClaimTemplate.spec ??= {};
    setClaimSpecDefaults(ephemeral.volumeClaimTemplate.spec);
  }
  if (image) image.pullPolicy ||= defaultPullPolicy(image.reference);
  setSharedSourceDefaults(volume);
}

function hasSource(volume: Volume): boolean {
  for (const key in volume) if (key !== 'name') return true;
  return false;
}

function setProjectionDefaults({
  serviceAccountToken,
  downwardAPI,
  configMap,
  secret,
  podCertificate,
}: VolumeProjection): void {
  if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= tokenLifetimeSeconds;
  if (configMap) configMap.name ??= '';
  if (secret) secret.name ??= '';
  if (podCertificate) podCertificate.maxExpirationSeconds ??= certificateLifetimeSeconds;
  downwardAPI?.items?.forEach(setDownwardFileDefaults);
}

function setDownwardFileDefaults({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile): void {
  if (fieldRef) fieldRef.apiVersion ||= 'v1';
  if (resourceFieldRef) resourceFieldRef.divisor ??= '0';
}

/** Sources that pods and persistent volumes have in common. */
interface SharedSources {
  azureDisk?: AzureDiskVolumeSource;
  hostPath?: HostPathVolumeSource;
  iscsi?: { iscsiInterface?: string };
  rbd?: { pool?: string; user?: string; keyring?: string };
  scaleIO?: { storageMode?: string; fsType?: string };
}

/** Fills the sources that pods and persistent volumes have in common. */
export function setSharedSourceDefaults({ azureDisk, hostPath, iscsi, rbd, scaleIO }: SharedSources): void {
  if (hostPath) hostPath.type ??= '';
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}

/** Fills a claim, also one in the templates of a StatefulSet. */
export function setClaimDefaults(claim: PersistentVolumeClaim): void {
  setClaimSpecDefaults((claim.spec ??= {}));
  (claim.status ??= {}).phase ||= 'Pending';
  nullConditionTimes(claim.status, 'lastProbeTime', 'lastTransitionTime');
  roundResourceList(claim.status.capacity);
}

/** Fills the spec of a claim, or of a claim's template. */
function setClaimSpecDefaults(spec: PersistentVolumeClaimSpec): void {
  spec.resources ??= {};
  roundResourceList(spec.resources.limits);
  roundResourceList(spec.resources.requests);
  spec.volumeMode ??= 'Filesystem';
}
