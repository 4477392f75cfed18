import { writeVolume } from './write-volume.ts';
import { secretFiles } from './payload.ts';
import type { VolumePlugin } from './volume-plugin.ts';

export const secretVolume: VolumePlugin = {
  name: 'kubernetes.io/secret',
  supports: (volume) => volume.secret !== undefined,
  setUp: async (volume, context) => {
    const { secretName = '', items, optional, defaultMode = 0o644 } = volume.secret!;
    const files = secretFiles(await context.objects.secret(secretName), secretName, { items, optional, defaultMode });
    return writeVolume(context.memoryFolder, files, context);
  },
};
