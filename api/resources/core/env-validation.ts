import { addInvalid, checkSubdomain, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required } from '../../meta/field-error.ts';
import { isConfigMapKey, isDns1123Subdomain, isEnvVarName, isQualifiedName } from '../../meta/names.ts';
import { canonicalQuantity, isQuantity } from '../../meta/quantity.ts';
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
  Volume,
} from '../../schema/generated/core-v1.ts';
import { checkVolumePath } from './path-validation.ts';

/** What of its pod a container may see in its environment. */
const envFieldPaths: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** What of its pod a container may see in files. */
export const volumeFieldPaths: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const knownFieldPaths = new Set([
  ...envFieldPaths,
  ...volumeFieldPaths,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

const resourcePaths = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** What a value is divided of, by the beginning of its name, and how messages call it. */
const divided = [
  ['cpu', 'cpu'],
  ['memory', 'memory'],
  ['ephemeral-storage', 'local ephemeral storage'],
  ['hugepages-', 'hugepages'],
] as const;

const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/**
 * Variables of a container, below `path[index]`: each has a value or one source, not both. A name may come twice.
 * `volumes` are the pod's valid ones by name; `fileKeyRef` must name an emptyDir among them.
 */
export function validateEnv(
  variables: readonly EnvVar[] | undefined,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
  errors: Errors,
): void {
  for (let i = 0; i < (variables?.length ?? 0); i++) {
    const variable = variables![i]!;
    if (!variable.name) errors.push(required(`${path}[${i}].name`));
    else addInvalid(isEnvVarName(variable.name), `${path}[${i}].name`, variable.name, errors);
    if (variable.valueFrom)
      validateValueFrom(variable.valueFrom, variable.value, volumes, `${path}[${i}].valueFrom`, errors);
  }
}

function validateValueFrom(
  source: EnvVarSource,
  value: string | undefined,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
  errors: Errors,
): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  let count = 0;
  if (fieldRef) {
    count++;
    validateFieldSelector(fieldRef, envFieldPaths, `${path}.fieldRef`, errors);
  }
  if (resourceFieldRef) {
    count++;
    validateResourceFieldSelector(resourceFieldRef, false, `${path}.resourceFieldRef`, errors);
  }
  if (configMapKeyRef) {
    count++;
    validateKeySelector(configMapKeyRef, `${path}.configMapKeyRef`, errors);
  }
  if (secretKeyRef) {
    count++;
    validateKeySelector(secretKeyRef, `${path}.secretKeyRef`, errors);
  }
  if (fileKeyRef) {
    count++;
    validateFileKeySelector(fileKeyRef, volumes, `${path}.fileKeyRef`, errors);
  }
  if (count === 0) {
    const choices =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.push(invalidValue(path, '', choices));
  } else if (value) errors.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
}

function validateKeySelector({ name = '', key }: { name?: string; key: string }, path: string, errors: Errors): void {
  checkSubdomain(name, `${path}.name`, errors);
  if (!key) errors.push(required(`${path}.key`));
  else addInvalid(isConfigMapKey(key), `${path}.key`, key, errors);
}

function validateFileKeySelector(
  { volumeName, path: file, key }: FileKeySelector,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
  errors: Errors,
): void {
  if (!key) errors.push(required(`${path}.key`));
  else addInvalid(isEnvVarName(key), `${path}.key`, key, errors);
  if (!volumeName) errors.push(required(`${path}.volumeName`));
  else addInvalidVolume(volumeName, volumes, path, errors);
  if (!file) errors.push(required(`${path}.path`));
  else checkVolumePath(file, `${path}.path`, errors);
}

function addInvalidVolume(name: string, volumes: ReadonlyMap<string, Volume>, path: string, errors: Errors): void {
  const volume = volumes.get(name);
  if (!volume) errors.push(invalidValue(`${path}.volumeName`, name, 'volume not found'));
  else if (!volume.emptyDir)
    errors.push(invalidValue(`${path}.volumeName`, name, 'referenced volume must be of type emptyDir'));
}

/**
 * ConfigMaps and Secrets whose keys become variables: each entry names one of them. Where one names both or neither,
 * the error is of the list, `path`, and does not say which.
 */
export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, path: string, errors: Errors): void {
  for (let i = 0; i < (sources?.length ?? 0); i++) {
    const { prefix, configMapRef, secretRef } = sources![i]!;
    const at = `${path}[${i}]`;
    if (prefix) addInvalid(isEnvVarName(prefix), `${at}.prefix`, prefix, errors);
    if (configMapRef) checkReferredName(configMapRef.name, `${at}.configMapRef.name`, errors);
    if (secretRef) checkReferredName(secretRef.name, `${at}.secretRef.name`, errors);
    if (!configMapRef && !secretRef)
      errors.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef && secretRef)
      errors.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  }
}

/** A name, or the beginning of one: a dash at its end is fine. */
function checkReferredName(name: string | undefined, field: string, errors: Errors): void {
  if (!name) errors.push(required(field));
  else addInvalid(isDns1123Subdomain(name.length > 1 ? name.replace(/.-$/, 'a') : name), field, name, errors);
}

/** A field of the pod, `metadata.name` or `metadata.labels['key']`. */
export function validateFieldSelector(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  supported: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (!apiVersion) errors.push(required(`${path}.apiVersion`));
  else if (!fieldPath) errors.push(required(`${path}.fieldPath`));
  else {
    const [base, subscript] = splitSubscript(fieldPath);
    const cannot = whyNotConvertible(apiVersion, base, subscript, fieldPath);
    if (cannot) errors.push(invalidValue(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${cannot}`));
    else if (subscript !== undefined) {
      const key = base === 'metadata.annotations' ? subscript.toLowerCase() : subscript;
      addInvalid(isQualifiedName(key), path, key, errors);
    } else {
      const name = base === 'spec.host' ? 'spec.nodeName' : base;
      if (!supported.includes(name)) errors.push(unsupported(`${path}.fieldPath`, name, supported));
    }
  }
}

function splitSubscript(fieldPath: string): [string, string?] {
  const match = /^(.+?)\['(.*)'\]$/s.exec(fieldPath);
  return match ? [match[1]!, match[2]!] : [fieldPath];
}

function whyNotConvertible(
  apiVersion: string,
  base: string,
  subscript: string | undefined,
  label: string,
): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  if (subscript !== undefined) {
    if (base === 'metadata.annotations' || base === 'metadata.labels') return undefined;
    return `field label does not support subscript: ${label}`;
  }
  return knownFieldPaths.has(base) || base === 'spec.host' ? undefined : `field label not supported: ${label}`;
}

/** A request or limit of a container; in a volume it must say of which. */
export function validateResourceFieldSelector(
  { containerName, resource, divisor }: ResourceFieldSelector,
  inVolume: boolean,
  path: string,
  errors: Errors,
): void {
  if (inVolume && !containerName) errors.push(required(`${path}.containerName`));
  else if (!resource) errors.push(required(`${path}.resource`));
  else if (!resourcePaths.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    errors.push(unsupported(`${path}.resource`, resource, resourcePaths));
  if (resource && divisor !== undefined) validateDivisor(resource, String(divisor), path, errors);
}

function validateDivisor(resource: string, divisor: string, path: string, errors: Errors): void {
  const text = isQuantity(divisor) ? canonicalQuantity(divisor) : divisor;
  if (text === '0') return;
  const of = resource.slice(resource.indexOf('.') + 1);
  const what = divided.find(([prefix]) => of.startsWith(prefix))?.[1];
  const choices = of === 'cpu' ? ['1m', '1'] : byteDivisors;
  if (!what || choices.includes(text)) return;
  const list = of === 'cpu' ? '1m and 1' : choices.join(', ');
  errors.push(
    invalidValue(`${path}.divisor`, resource, `only divisor's values ${list} are supported with the ${what} resource`),
  );
}
