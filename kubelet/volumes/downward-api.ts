import { writeVolume } from './write-volume.ts';
import { downwardFiles } from './payload.ts';
import type { VolumePlugin } from './volume-plugin.ts';

export const downwardApiVolume: VolumePlugin = {
  name: 'kubernetes.io/downward-api',
  supports: (volume) => volume.downwardAPI !== undefined,
  setUp: async (volume, context) => {
    const { items = [], defaultMode = 0o644 } = volume.downwardAPI!;
    return writeVolume(context.folder, downwardFiles(context.pod, items, { ...context, defaultMode }), context);
  },
};
