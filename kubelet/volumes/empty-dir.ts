import { chmod, mkdir } from 'node:fs/promises';
import { quantityValue } from '../../api/meta/quantity.ts';
import { giveToGroup } from './ownership.ts';
import type { VolumePlugin } from './volume-plugin.ts';

/** Empty at the pod's start, gone with the pod; on disk, or in memory for medium `Memory`. */
export const emptyDirVolume: VolumePlugin = {
  name: 'kubernetes.io/empty-dir',
  supports: (volume) => volume.emptyDir !== undefined,
  setUp: async (volume, { folder, mounts, pod }) => {
    const { medium = '', sizeLimit } = volume.emptyDir ?? {};
    if (medium !== '' && medium !== 'Memory') throw new Error(`unknown storage medium ${JSON.stringify(medium)}`);
    const isNew = (await mkdir(folder, { recursive: true, mode: 0o750 })) !== undefined;
    if (medium === 'Memory' && !(await mounts.isMountPoint(folder))) {
      await mounts.mountTmpfs(folder, sizeLimit ? { sizeBytes: quantityValue(sizeLimit) } : {});
    } else if (!isNew) {
      return { hostPath: folder, readOnly: false };
    }
    await chmod(folder, 0o777);
    const fsGroup = pod.spec?.securityContext?.fsGroup;
    if (fsGroup !== undefined) await giveToGroup(folder, fsGroup, { readOnly: false });
    return { hostPath: folder, readOnly: false };
  },
};
