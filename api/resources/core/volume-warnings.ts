import { scaledValue } from '../../meta/quantity.ts';
import type {
  KeyToPath,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  Volume,
  VolumeProjection,
} from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';

const goneSince = (deprecated: string, gone: string): string =>
  `deprecated in ${deprecated}, non-functional in ${gone}+`;

interface Deprecation {
  readonly field: keyof Volume & keyof PersistentVolumeSpec;
  /** Upstream's messages spell one of them otherwise. */
  readonly pathName?: string;
  readonly message: string;
}

/** Kinds of volumes that need a driver nobody ships any more. */
const deprecatedVolumes: readonly Deprecation[] = [
  { field: 'photonPersistentDisk', message: goneSince('v1.11', 'v1.16') },
  { field: 'scaleIO', message: goneSince('v1.16', 'v1.22') },
  { field: 'flocker', message: goneSince('v1.22', 'v1.25') },
  { field: 'storageos', pathName: 'storageOS', message: goneSince('v1.22', 'v1.25') },
  { field: 'quobyte', message: goneSince('v1.22', 'v1.25') },
  { field: 'glusterfs', message: goneSince('v1.25', 'v1.26') },
  { field: 'cephfs', message: goneSince('v1.28', 'v1.31') },
  { field: 'rbd', message: goneSince('v1.28', 'v1.31') },
];

/** Warns of the kind of a volume, of a pod or by itself. */
export function warnOfVolumeKind(volume: Volume | PersistentVolumeSpec, path: string, warnings: string[]): void {
  for (const { field, pathName, message } of deprecatedVolumes)
    if (volume[field]) warnings.push(`${path}.${pathName ?? field}: ${message}`);
}

/** Warns of the volumes of a pod. `path` is that of the list. */
export function warnOfVolumes(volumes: readonly Volume[], path: string, warnings: string[]): void {
  for (const [index, volume] of volumes.entries()) {
    if (volume.gitRepo) warnings.push(`${path}[${index}].gitRepo: deprecated in v1.11`);
    warnOfVolumeKind(volume, `${path}[${index}]`, warnings);
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim) warnOfClaim(claim, `${path}[${index}].ephemeral.volumeClaimTemplate.spec`, warnings);
  }
  for (const volume of volumes) warnOfOverlaps(volume, warnings);
}

/** Warns of sizes with a fraction of a byte. */
export function warnOfClaim({ resources }: PersistentVolumeClaimSpec, path: string, warnings: string[]): void {
  warnOfFraction(resources?.requests?.['storage'], `${path}.resources.requests[storage]`, warnings);
  warnOfFraction(resources?.limits?.['storage'], `${path}.resources.limits[storage]`, warnings);
}

/** Warns of a number of bytes that is no whole number. */
export function warnOfFraction(quantity: string | undefined, path: string, warnings: string[]): void {
  if (quantity !== undefined && scaledValue(quantity, 3) % 1000n !== 0n)
    warnings.push(`${path}: fractional byte value "${quantity}" is invalid, must be an integer`);
}

interface FilePath {
  readonly path: string;
  /** Where the file comes from, if the volume has several sources. */
  readonly source?: string;
}

/** Warns where a file of the volume would be written over another, or into it. */
function warnOfOverlaps({ name, configMap, secret, downwardAPI, projected }: Volume, warnings: string[]): void {
  const warn = (kind: string, files: readonly FilePath[]): void => {
    for (const [file, other] of overlaps(files))
      warnings.push(`volume "${name}" (${kind}): overlapping paths: ${shown(file)} with ${shown(other)}`);
  };
  if (configMap?.items) warn(`ConfigMap "${configMap.name ?? ''}"`, pathsOf(configMap.items));
  if (secret?.items) warn(`Secret "${secret.secretName ?? ''}"`, pathsOf(secret.items));
  if (downwardAPI?.items) warn('DownwardAPI', pathsOf(downwardAPI.items));
  if (!projected) return;
  const sources = projected.sources ?? [];
  for (const source of sources)
    if (Object.keys(source).length === 0) warnings.push(`volume "${name}" (Projected) has no sources provided`);
  warn('Projected', sources.flatMap(projectedPaths));
}

function pathsOf(items: readonly Pick<KeyToPath, 'path'>[], source?: string): FilePath[] {
  return items.map(({ path }) => ({ path: withoutLastSlashes(path), source }));
}

function projectedPaths(source: VolumeProjection): FilePath[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, podCertificate } = source;
  if (configMap?.items) return pathsOf(configMap.items, `ConfigMap "${configMap.name ?? ''}"`);
  if (secret?.items) return pathsOf(secret.items, `Secret "${secret.name ?? ''}"`);
  if (downwardAPI?.items) return pathsOf(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken) return pathsOf([serviceAccountToken], 'ServiceAccountToken');
  if (!podCertificate) return [];
  const { credentialBundlePath, keyPath, certificateChainPath } = podCertificate;
  return [
    ...pathsOf([{ path: credentialBundlePath ?? '' }], 'PodCertificate chain'),
    ...pathsOf([{ path: keyPath ?? '' }], 'PodCertificate key'),
    ...pathsOf([{ path: certificateChainPath ?? '' }], 'PodCertificate chain'),
  ];
}

/** Every file that another one before it collides with. */
function overlaps(files: readonly FilePath[]): [FilePath, FilePath][] {
  const found: [FilePath, FilePath][] = [];
  for (const [index, file] of files.entries()) {
    if (!file.path) continue;
    for (const other of files.slice(0, index)) {
      if (!other.path) continue;
      if (`${file.path}/`.startsWith(`${other.path}/`) || other.path.startsWith(`${file.path}/`))
        found.push([file, other]);
    }
  }
  return found;
}

function shown({ path, source }: FilePath): string {
  return source === undefined ? `"${path}"` : `"${path}" (${source})`;
}

const betaClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** Warns of the annotation that once named the storage class. */
export function warnOfBetaClass({ annotations }: ObjectMeta, warnings: string[]): void {
  if (annotations?.[betaClassAnnotation] !== undefined)
    warnings.push(
      `metadata.annotations[${betaClassAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`,
    );
}

/** By hand: a regular expression looks at slashes within again and again. */
function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}
