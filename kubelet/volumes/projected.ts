import type { FileProjection } from './atomic-writer.ts';
import { configMapFiles, downwardFiles, secretFiles } from './payload.ts';
import type { VolumeContext, VolumePlugin } from './volume-plugin.ts';
import { writeVolume } from './write-volume.ts';

/** Several sources in one folder; of files with the same path the last counts. It holds tokens, so it stays in memory. */
export const projectedVolume: VolumePlugin = {
  name: 'kubernetes.io/projected',
  supports: (volume) => volume.projected !== undefined,
  setUp: async (volume, context) => {
    const { sources = [], defaultMode = 0o644 } = volume.projected!;
    const files = new Map<string, FileProjection>();
    let refreshAtMs: number | undefined;
    const { objects } = context;
    for (const { secret, configMap, downwardAPI, serviceAccountToken, ...other } of sources) {
      const add = (more: Iterable<[string, FileProjection]>): void => {
        for (const [path, file] of more) files.set(path, file);
      };
      if (secret) {
        const { name = '', items, optional } = secret;
        add(secretFiles(await objects.secret(name), name, { items, optional, defaultMode }));
      } else if (configMap) {
        const { name = '', items, optional } = configMap;
        add(configMapFiles(await objects.configMap(name), name, { items, optional, defaultMode }));
      } else if (downwardAPI) {
        add(downwardFiles(context.pod, downwardAPI.items ?? [], { ...context, defaultMode }));
      } else if (serviceAccountToken) {
        const { path, audience, expirationSeconds = 3600 } = serviceAccountToken;
        const { pod } = context;
        const { token, refreshAtMs: renewAtMs } = await context.tokens.get(
          {
            namespace: pod.metadata.namespace!,
            serviceAccount: pod.spec!.serviceAccountName || 'default',
            audience,
            expirationSeconds,
            pod: { name: pod.metadata.name!, uid: pod.metadata.uid! },
          },
          context.signal,
        );
        add([[path, { data: Buffer.from(token), ...tokenOwnership(context, defaultMode) }]]);
        refreshAtMs = Math.min(refreshAtMs ?? Infinity, renewAtMs);
      } else {
        throw new Error(`projected source ${Object.keys(other).join(', ')} is not supported by this kubelet`);
      }
    }
    return { ...(await writeVolume(context.memoryFolder, files, context)), refreshAtMs };
  },
};

/** A token is its reader's only: where all containers run as one user it is the owner, as upstream does. */
function tokenOwnership({ pod }: VolumeContext, defaultMode: number): Pick<FileProjection, 'mode' | 'uid'> {
  const { securityContext, containers, initContainers = [] } = pod.spec!;
  const users = new Set(
    [...containers, ...initContainers].map((c) => c.securityContext?.runAsUser ?? securityContext?.runAsUser),
  );
  const [uid] = users;
  if (users.size === 1 && uid !== undefined) return { mode: 0o600, uid };
  return { mode: securityContext?.fsGroup === undefined ? defaultMode : 0o600 };
}
