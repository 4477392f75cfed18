import { writeVolume } from './write-volume.ts';
import { configMapFiles } from './payload.ts';
import type { VolumePlugin } from './volume-plugin.ts';

export const configMapVolume: VolumePlugin = {
  name: 'kubernetes.io/configmap',
  supports: (volume) => volume.configMap !== undefined,
  setUp: async (volume, context) => {
    const { name = '', items, optional, defaultMode = 0o644 } = volume.configMap!;
    const files = configMapFiles(await context.objects.configMap(name), name, { items, optional, defaultMode });
    return writeVolume(context.folder, files, context);
  },
};
