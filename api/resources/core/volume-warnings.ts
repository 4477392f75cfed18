import { scaledValue } from '../../meta/quantity.ts';
import type {
  KeyToPath,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  Volume,
  VolumeProjection,
} from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { tokenVolume } from './token-volume.ts';

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
  for (let i = 0; i < volumes.length; i++) {
    const volume = volumes[i]!;
    if (volume.projected === tokenVolume) continue;
    const at = `${path}[${i}]`;
    if (volume.gitRepo) warnings.push(`${at}.gitRepo: deprecated in v1.11`);
    warnOfVolumeKind(volume, at, warnings);
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim) warnOfClaim(claim, `${at}.ephemeral.volumeClaimTemplate.spec`, warnings);
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
  /** Where the file comes from: a kind of source, and its name where it has one; nothing if the volume has one source. */
  readonly kind?: string;
  readonly name?: string;
}

/** Warns where a file of the volume would be written over another, or into it. */
function warnOfOverlaps(volume: Volume, warnings: string[]): void {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap?.items) warnOfFiles(volume, `ConfigMap "${configMap.name ?? ''}"`, pathsOf(configMap.items), warnings);
  if (secret?.items) warnOfFiles(volume, `Secret "${secret.secretName ?? ''}"`, pathsOf(secret.items), warnings);
  if (downwardAPI?.items) warnOfFiles(volume, 'DownwardAPI', pathsOf(downwardAPI.items), warnings);
  if (!projected || projected === tokenVolume) return;
  const files: FilePath[] = [];
  for (const source of projected.sources ?? []) {
    if (isEmpty(source)) warnings.push(`volume "${volume.name}" (Projected) has no sources provided`);
    addProjected(source, files);
  }
  warnOfFiles(volume, 'Projected', files, warnings);
}

function isEmpty(source: object): boolean {
  for (const _ in source) return false;
  return true;
}

function pathsOf(items: readonly Pick<KeyToPath, 'path'>[]): FilePath[] {
  return items.map(({ path }) => ({ path: withoutLastSlashes(path) }));
}

function addProjected(source: VolumeProjection, files: FilePath[]): void {
  const { configMap, secret, downwardAPI, serviceAccountToken, podCertificate } = source;
  const add = (path: string, kind: string, name?: string): unknown =>
    files.push({ path: withoutLastSlashes(path), kind, name });
  if (configMap?.items) for (const { path } of configMap.items) add(path, 'ConfigMap', configMap.name ?? '');
  else if (secret?.items) for (const { path } of secret.items) add(path, 'Secret', secret.name ?? '');
  else if (downwardAPI?.items) for (const { path } of downwardAPI.items) add(path, 'DownwardAPI');
  else if (serviceAccountToken) add(serviceAccountToken.path, 'ServiceAccountToken');
  else if (podCertificate) {
    add(podCertificate.credentialBundlePath ?? '', 'PodCertificate chain');
    add(podCertificate.keyPath ?? '', 'PodCertificate key');
    add(podCertificate.certificateChainPath ?? '', 'PodCertificate chain');
  }
}

/** More would not fit into the header that tells of them. */
const maxTold = 1000;

/**
 * Tells of every file that another one before it collides with, of the first thousand found. Sorted with its '/' before all
 * other characters a path stands right behind those that it is or lies in, so that no file is held against every other.
 */
function warnOfFiles({ name }: Volume, kind: string, files: readonly FilePath[], warnings: string[]): void {
  if (files.length < 2) return;
  const sorted = files
    .map(({ path }, index) => ({ path, index, key: path.replaceAll('/', '\0') }))
    .filter(({ path }) => path !== '')
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index));
  const around: typeof sorted = [];
  const pairs: [number, number][] = [];
  for (const file of sorted) {
    while (around.length && !isOverlap(around.at(-1)!.path, file.path)) around.pop();
    for (const { index } of around) pairs.push([Math.max(index, file.index), Math.min(index, file.index)]);
    if (pairs.length >= maxTold) break;
    around.push(file);
  }
  pairs.sort(([file, before], [file2, before2]) => file - file2 || before - before2);
  for (const [file, before] of pairs.slice(0, maxTold)) {
    const [first, second] = [shown(files[file]!), shown(files[before]!)];
    warnings.push(`volume "${name}" (${kind}): overlapping paths: ${first} with ${second}`);
  }
}

function isOverlap(a: string, b: string): boolean {
  return a === b || isBelow(a, b) || isBelow(b, a);
}

function isBelow(path: string, folder: string): boolean {
  return path.length > folder.length && path[folder.length] === '/' && path.startsWith(folder);
}

function shown({ path, kind, name }: FilePath): string {
  if (kind === undefined) return `"${path}"`;
  return name === undefined ? `"${path}" (${kind})` : `"${path}" (${kind} "${name}")`;
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
