import { stat } from 'node:fs/promises';
import { ensureHostPath } from './host-path.ts';
import type { VolumePlugin } from './volume-plugin.ts';

/** A claim bound to a volume that lies on this host: `hostPath` or `local`. Generic ephemeral volumes are claims too. */
export const persistentVolumeClaimVolume: VolumePlugin = {
  name: 'kubernetes.io/persistent-volume-claim',
  supports: (volume) => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined,
  setUp: async (volume, { pod, claims }) => {
    const namespace = pod.metadata.namespace!;
    const claimName = volume.persistentVolumeClaim?.claimName ?? `${pod.metadata.name}-${volume.name}`;
    const claim = await claims.claim(namespace, claimName);
    if (!claim) throw new Error(`persistentvolumeclaim "${claimName}" not found`);
    if (
      volume.ephemeral &&
      !claim.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === pod.metadata.uid)
    ) {
      throw new Error(
        `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`,
      );
    }
    if (claim.metadata.deletionTimestamp && !pod.status?.startTime) throw new Error('PVC is being deleted');
    const volumeName = claim.spec?.volumeName;
    if (claim.status?.phase !== 'Bound' || !volumeName) {
      throw new Error(
        `PVC ${namespace}/${claimName} has non-bound phase ("${claim.status?.phase ?? ''}") or empty pvc.Spec.VolumeName ("${volumeName ?? ''}")`,
      );
    }
    const bound = await claims.volume(volumeName);
    if (!bound) throw new Error(`persistentvolume "${volumeName}" not found`);
    const spec = bound.spec ?? {};
    if (spec.claimRef?.uid !== claim.metadata.uid) {
      throw new Error(`PV ${volumeName} is bound to another claim than ${namespace}/${claimName}`);
    }
    const { hostPath, local } = spec;
    const readOnly = volume.persistentVolumeClaim?.readOnly === true;
    if (hostPath) {
      await ensureHostPath(hostPath.path, hostPath.type ?? '');
      return { hostPath: hostPath.path, readOnly };
    }
    if (local) {
      await stat(local.path).catch(() => {
        throw new Error(`path ${JSON.stringify(local.path)} does not exist`);
      });
      return { hostPath: local.path, readOnly };
    }
    throw new Error(`no volume plugin matched the source of persistent volume "${volumeName}"`);
  },
};
