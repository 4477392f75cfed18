/** Volumes whose files come from the API: Secrets, ConfigMaps, the pod itself, tokens. */
import { checkRequired, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import type * as core from '../../schema/generated/core-v1.ts';
import { validateFieldSelector, validateResourceFieldSelector, volumeFieldPaths } from './env-validation.ts';
import { checkFileMode, checkVolumePath } from './path-validation.ts';

/**
 * The files of a Secret: its name, file modes up to 0777, and items with paths that stay inside the volume. Whether the
 * Secret exists, or has those keys, is seen when the pod starts.
 */
export function validateSecretSource(secret: core.SecretVolumeSource, path: string, errors: Errors): void {
  checkRequired(secret.secretName, `${path}.secretName`, errors);
  checkFileMode(secret.defaultMode, `${path}.defaultMode`, errors);
  validateItems(secret.items, `${path}.items`, errors);
}

/** The files of a ConfigMap, by the rules of `validateSecretSource`. */
export function validateConfigMapSource(configMap: core.ConfigMapVolumeSource, path: string, errors: Errors): void {
  checkRequired(configMap.name, `${path}.name`, errors);
  checkFileMode(configMap.defaultMode, `${path}.defaultMode`, errors);
  validateItems(configMap.items, `${path}.items`, errors);
}

function validateItems(items: readonly core.KeyToPath[] | undefined, path: string, errors: Errors): void {
  for (const [index, { key, path: file, mode }] of (items ?? []).entries()) {
    const at = `${path}[${index}]`;
    checkRequired(key, `${at}.key`, errors);
    checkRequired(file, `${at}.path`, errors);
    checkVolumePath(file ?? '', `${at}.path`, errors);
    checkFileMode(mode, `${at}.mode`, errors);
  }
}

/**
 * Files that each hold a field of the pod, or a resource of one of its containers. Errors of a file name the volume,
 * `path`, and no index.
 */
export function validateDownwardApi(source: core.DownwardAPIVolumeSource, path: string, errors: Errors): void {
  checkFileMode(source.defaultMode, `${path}.defaultMode`, errors);
  for (const file of source.items ?? []) validateDownwardFile(file, path, errors);
}

function validateDownwardFile(file: core.DownwardAPIVolumeFile, path: string, errors: Errors): void {
  checkRequired(file.path, `${path}.path`, errors);
  checkVolumePath(file.path ?? '', `${path}.path`, errors);
  const { fieldRef, resourceFieldRef } = file;
  if (fieldRef) {
    validateFieldSelector(fieldRef, volumeFieldPaths, `${path}.fieldRef`, errors);
    if (resourceFieldRef)
      errors.push(invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (resourceFieldRef)
    validateResourceFieldSelector(resourceFieldRef, true, `${path}.resourceFieldRef`, errors);
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  checkFileMode(file.mode, `${path}.mode`, errors);
}

const minTokenSeconds = 10 * 60;

/**
 * Several sources in one directory, one kind an entry: no two files of them may have the same path. Trust bundles and
 * pod certificates are not looked into, since `dropDisabledFields` takes them away before.
 */
export function validateProjected(projected: core.ProjectedVolumeSource, path: string, errors: Errors): void {
  checkFileMode(projected.defaultMode, `${path}.defaultMode`, errors);
  const sources = projected.sources ?? [];
  const paths = new Set<string>();
  const takePath = (file: string | undefined, owner: string): void => {
    if (!file) return;
    if (paths.has(file)) errors.push(invalidValue(path, owner, 'conflicting duplicate paths'));
    paths.add(file);
  };
  const validateNamed = (named: core.SecretProjection | core.ConfigMapProjection, at: string): void => {
    checkRequired(named.name, `${at}.name`, errors);
    validateItems(named.items, `${at}.items`, errors);
    for (const item of named.items ?? []) takePath(item.path, named.name ?? '');
  };
  for (let i = 0; i < sources.length; i++) {
    const at = `${path}.sources[${i}]`;
    const { secret, configMap, downwardAPI, serviceAccountToken, podCertificate } = sources[i]!;
    if (secret) validateNamed(secret, `${at}.secret`);
    if (configMap) validateNamed(configMap, `${at}.configMap`);
    for (const file of downwardAPI?.items ?? []) {
      validateDownwardFile(file, `${at}.downwardAPI`, errors);
      takePath(file.path, file.path);
    }
    if (serviceAccountToken) validateTokenProjection(serviceAccountToken, path, `${at}.serviceAccountToken`, errors);
    const count = +!!secret + +!!configMap + +!!downwardAPI + +!!serviceAccountToken + +!!podCertificate;
    if (count > 1) errors.push(forbiddenField(at, 'may not specify more than 1 volume type per source'));
  }
}

function validateTokenProjection(
  { expirationSeconds, path: file }: core.ServiceAccountTokenProjection,
  volumePath: string,
  path: string,
  errors: Errors,
): void {
  if (expirationSeconds !== undefined) {
    const at = `${path}.expirationSeconds`;
    if (expirationSeconds < minTokenSeconds)
      errors.push(invalidValue(at, expirationSeconds, 'may not specify a duration less than 10 minutes'));
    if (expirationSeconds > 2 ** 32)
      errors.push(invalidValue(at, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (!file) errors.push(required(`${volumePath}.path`));
  else checkVolumePath(file, `${volumePath}.path`, errors);
}
