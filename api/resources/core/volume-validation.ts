import { addInvalid, checkLabel, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { isDns1123Subdomain } from '../../meta/names.ts';
import type { Volume } from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
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
  const createdClaims = new Set<string>();
  for (let i = 0; i < (volumes?.length ?? 0); i++) {
    const volume = volumes![i]!;
    const at = `${path}[${i}]`;
    const before = errors.length;
    validateVolumeSource(volume, meta, at, errors);
    if (!volume.name) errors.push(required(`${at}.name`));
    else checkLabel(volume.name, `${at}.name`, errors);
    if (valid.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name));
    if (errors.length === before) valid.set(volume.name, volume);
    if (volume.ephemeral && meta?.name) createdClaims.add(`${meta.name}-${volume.name}`);
  }
  if (createdClaims.size > 0) checkClaimNames(volumes!, createdClaims, path, errors);
  return valid;
}

function checkClaimNames(volumes: readonly Volume[], created: ReadonlySet<string>, path: string, errors: Errors): void {
  for (const [index, { persistentVolumeClaim }] of volumes.entries()) {
    if (!persistentVolumeClaim || !created.has(persistentVolumeClaim.claimName)) continue;
    const field = `${path}[${index}].persistentVolumeClaim.claimName`;
    const why = 'must not reference a PVC that gets created for an ephemeral volume';
    errors.push(invalidValue(field, persistentVolumeClaim.claimName, why));
  }
}

function validateVolumeSource(volume: Volume, meta: ObjectMeta | undefined, path: string, errors: Errors): void {
  let count = 0;
  for (const { field, pathName, validate } of podVolumeSources) {
    const source = volume[field];
    if (!source) continue;
    const at = `${path}.${pathName ?? field}`;
    if (count > 0) errors.push(forbiddenField(at, 'may not specify more than 1 volume type'));
    else validate(source as never, at, errors);
    count++;
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
  if (!volume.ephemeral || !meta?.name) return;
  const claimName = `${meta.name}-${volume.name}`;
  for (const message of isDns1123Subdomain(claimName))
    addInvalid([`PVC name "${claimName}": ${message}`], `${path}.name`, volume.name, errors);
}
