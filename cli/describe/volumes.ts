import { none } from '../../api/meta/printers.ts';
import type { Volume } from '../../api/schema/generated/core-v1.ts';
import { rowsOf } from './fields.ts';
import { indent } from './lines.ts';

type Source = Omit<Volume, 'name'>;

/** How each source is shown: what it is, and what of it; others are shown field by field. */
const sources: { readonly [K in keyof Source]?: (source: NonNullable<Source[K]>) => string[] } = {
  emptyDir: ({ medium = '', sizeLimit }) => [
    "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
    `Medium:\t${medium}`,
    `SizeLimit:\t${sizeLimit ?? '<unset>'}`,
  ],
  hostPath: ({ path, type = '' }) => [
    'Type:\tHostPath (bare host directory volume)',
    `Path:\t${path}`,
    `HostPathType:\t${type}`,
  ],
  configMap: ({ name, optional }) => [
    'Type:\tConfigMap (a volume populated by a ConfigMap)',
    `Name:\t${name}`,
    `Optional:\t${optional ?? false}`,
  ],
  secret: ({ secretName, optional }) => [
    'Type:\tSecret (a volume populated by a Secret)',
    `SecretName:\t${secretName}`,
    `Optional:\t${optional ?? false}`,
  ],
  persistentVolumeClaim: ({ claimName, readOnly }) => [
    'Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    `ClaimName:\t${claimName}`,
    `ReadOnly:\t${readOnly ?? false}`,
  ],
  downwardAPI: ({ items = [] }) => [
    'Type:\tDownwardAPI (a volume populated by information about the pod)',
    'Items:',
    ...items.map(
      ({ fieldRef, resourceFieldRef, path }) => `  ${fieldRef?.fieldPath ?? resourceFieldRef?.resource} -> ${path}`,
    ),
  ],
  nfs: ({ server, path, readOnly }) => [
    'Type:\tNFS (an NFS mount that lasts the lifetime of a pod)',
    `Server:\t${server}`,
    `Path:\t${path}`,
    `ReadOnly:\t${readOnly ?? false}`,
  ],
  projected: ({ sources: parts = [] }) => [
    'Type:\tProjected (a volume that contains injected data from multiple sources)',
    ...parts.flatMap(({ secret, downwardAPI, configMap, serviceAccountToken }) => [
      ...(secret ? [`SecretName:\t${secret.name}`, `SecretOptionalName:\t${secret.optional ?? '<nil>'}`] : []),
      ...(downwardAPI ? ['DownwardAPI:\ttrue'] : []),
      ...(configMap
        ? [`ConfigMapName:\t${configMap.name}`, `ConfigMapOptional:\t${configMap.optional ?? '<nil>'}`]
        : []),
      ...(serviceAccountToken ? [`TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds}`] : []),
    ]),
  ],
};

/** `Volumes:` with what each is. `before` stands before their names: templates set them one blank further in. */
export function volumeRows(volumes: readonly Volume[], before = ''): string[] {
  if (volumes.length === 0) return [`Volumes:\t${none}`];
  return [
    'Volumes:',
    ...volumes.flatMap(({ name, ...source }) => [`  ${before}${name}:`, ...indent(sourceRows(source), 2)]),
  ];
}

function sourceRows(source: Source): string[] {
  const kind = Object.keys(source)[0] as keyof Source | undefined;
  if (kind === undefined) return [`Type:\t<unknown>`];
  const show = sources[kind] as ((source: unknown) => string[]) | undefined;
  return show ? show(source[kind]) : [`Type:\t${kind}`, ...rowsOf(source[kind] as Record<string, unknown>)];
}
