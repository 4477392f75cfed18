import { addInvalid, checkLabel, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { isDns1123Subdomain } from '../../meta/names.ts';
import type { Volume } from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { checkPortalName } from './network-volume-sources.ts';
import { tokenVolume } from './token-volume.ts';
import { podVolumeSources } from './volume-sources.ts';

/**
 * The volumes of a pod, or of a template where `meta` names no pod. Answers those in which nothing is wrong, by name:
 * containers can mount no others.
 */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  meta: ObjectMeta | undefined,
  path: string,
  errors: Errors,
): Map<string, Volume> {
  const valid = new Map<string, Volume>();
  const createdClaims = claimsCreatedFor(volumes, meta);
  for (let i = 0; i < (volumes?.length ?? 0); i++) {
    const volume = volumes![i]!;
    const at = `${path}[${i}]`;
    const before = errors.length;
    validateVolumeSource(volume, meta, at, errors);
    if (!volume.name) errors.push(required(`${at}.name`));
    else checkLabel(volume.name, `${at}.name`, errors);
    if (valid.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name));
    if (errors.length === before) valid.set(volume.name, volume);
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName !== undefined && createdClaims?.has(claimName)) {
      const why = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalidValue(`${at}.persistentVolumeClaim.claimName`, claimName, why));
    }
  }
  return valid;
}

function claimsCreatedFor(
  volumes: readonly Volume[] | undefined,
  meta: ObjectMeta | undefined,
): ReadonlySet<string> | undefined {
  if (!meta?.name || !volumes?.some(({ ephemeral }) => ephemeral)) return undefined;
  return new Set(volumes.filter(({ ephemeral }) => ephemeral).map(({ name }) => `${meta.name}-${name}`));
}

const fieldsOfSources: ReadonlySet<string> = new Set(podVolumeSources.map(({ field }) => field));

/** Is it what the ServiceAccount plugin adds, and nothing else? */
function isTokenVolume(volume: Volume): boolean {
  if (volume.projected !== tokenVolume) return false;
  for (const field in volume) if (field !== 'projected' && fieldsOfSources.has(field)) return false;
  return true;
}

function validateVolumeSource(volume: Volume, meta: ObjectMeta | undefined, path: string, errors: Errors): void {
  if (isTokenVolume(volume)) return;
  let count = 0;
  for (const { field, checked, surplus, validate } of podVolumeSources) {
    const source = volume[field];
    if (!source) continue;
    if (count > 0)
      errors.push(forbiddenField(`${path}.${surplus ?? field}`, 'may not specify more than 1 volume type'));
    else {
      validate(source as never, `${path}.${checked ?? field}`, errors, meta !== undefined);
      if (field === 'ephemeral') checkCreatedClaim(volume, meta, path, errors);
    }
    if (field === 'iscsi') checkPortalName(volume.name ?? '', volume.iscsi!, `${path}.name`, volume.name ?? '', errors);
    count++;
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
}

/** The name of the claim that an ephemeral volume becomes. */
function checkCreatedClaim({ name }: Volume, meta: ObjectMeta | undefined, path: string, errors: Errors): void {
  if (!meta?.name || !name) return;
  const claimName = `${meta.name}-${name}`;
  for (const message of isDns1123Subdomain(claimName))
    addInvalid([`PVC name "${claimName}": ${message}`], `${path}.name`, name, errors);
}
