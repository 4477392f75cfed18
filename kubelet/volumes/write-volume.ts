import type { Payload } from './atomic-writer.ts';
import { writeAtomically } from './atomic-writer.ts';
import { giveToGroup } from './ownership.ts';
import type { MountedVolume, VolumeContext } from './volume-plugin.ts';

/** A volume of files the kubelet writes: read-only for containers, changed at one moment, given to the pod's fsGroup. */
export async function writeVolume(
  folder: string,
  files: Payload,
  { pod }: Pick<VolumeContext, 'pod'>,
): Promise<MountedVolume> {
  const written = await writeAtomically(folder, files);
  const fsGroup = pod.spec?.securityContext?.fsGroup;
  if (written && fsGroup !== undefined) await giveToGroup(folder, fsGroup, { readOnly: true });
  return { hostPath: folder, readOnly: true };
}
