import { invalidValue, required, type FieldError } from '../../../api/meta/field-error.ts';
import { parseDuration } from '../../../api/meta/duration.ts';
import type { NamedKey } from './transformer.ts';
import { isJsonObject } from '../../../api/meta/json-object.ts';

/** One provider of one list of resources. */
export type ProviderConfiguration =
  | { readonly kind: 'identity' }
  | { readonly kind: 'aescbc' | 'aesgcm' | 'secretbox'; readonly keys: readonly NamedKey[] }
  | { readonly kind: 'kms'; readonly name: string; readonly endpoint: string; readonly timeoutMs: number };

export interface ResourceConfiguration {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` (the core group) or `*.*`. */
  readonly resources: readonly string[];
  readonly providers: readonly ProviderConfiguration[];
}

/** `apiserver.config.k8s.io/v1` EncryptionConfiguration. */
export interface EncryptionConfiguration {
  readonly resources: readonly ResourceConfiguration[];
}

const keyBytes = { aescbc: [16, 24, 32], aesgcm: [16, 24, 32], secretbox: [32] } as const;
const kinds = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const;
const defaultTimeoutMs = 3000;

type Outcome =
  { readonly configuration: EncryptionConfiguration } | { readonly errors: readonly (FieldError | string)[] };

/** Reads a document as a configuration; all that is wrong with it in upstream's words, never with a key in them. */
export function parseEncryptionConfiguration(document: unknown): Outcome {
  if (!isJsonObject(document)) return { errors: ['the configuration is no object'] };
  const { kind, apiVersion, resources } = document;
  if (kind !== 'EncryptionConfiguration' || apiVersion !== 'apiserver.config.k8s.io/v1')
    return { errors: [`no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')}`] }; // prettier-ignore
  if (!isList(resources) || resources.length === 0)
    return { errors: [required('resources', 'at least one resources is required')] };
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const parsed = resources.map((entry, i) => {
    const path = `resources[${i}]`;
    const wanted = isJsonObject(entry) && isList(entry['resources']) ? entry['resources'].map(String) : [];
    const providers = isJsonObject(entry) && isList(entry['providers']) ? entry['providers'] : [];
    if (wanted.length === 0) errors.push(required(`${path}.resources`, `at least one ${path}.resources is required`));
    if (providers.length === 0)
      errors.push(required(`${path}.providers`, `at least one ${path}.providers is required`));
    errors.push(...overlapErrors(wanted, `${path}.resources`));
    wanted.forEach((name, j) => errors.push(...nameErrors(name, `${path}.resources[${j}]`)));
    return {
      resources: wanted,
      providers: providers.map((provider, j) => parseProvider(provider, `${path}.providers[${j}]`, names, errors)),
    };
  });
  if (errors.length > 0) return { errors };
  return { configuration: { resources: parsed.map(({ resources: wanted, providers }) => ({ resources: wanted, providers: providers.map((provider) => provider!) })) } }; // prettier-ignore
}

function parseProvider(
  provider: unknown,
  path: string,
  names: Set<string>,
  errors: FieldError[],
): ProviderConfiguration | undefined {
  const found = isJsonObject(provider) ? kinds.filter((kind) => provider[kind] !== undefined) : [];
  const [kind] = found;
  if (!isJsonObject(provider) || !kind) {
    errors.push(invalidValue(path, {}, 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity')); // prettier-ignore
    return undefined;
  }
  if (found.length > 1) {
    errors.push(invalidValue(path, {}, 'more than one provider specified in a single element, should split into different list elements')); // prettier-ignore
    return undefined;
  }
  if (kind === 'identity') return { kind };
  const settings = isJsonObject(provider[kind]) ? provider[kind] : {};
  if (kind === 'kms') return parseKms(settings, `${path}.kms`, names, errors);
  const keys = isList(settings['keys']) ? settings['keys'] : [];
  if (keys.length === 0) errors.push(required(`${path}.${kind}.keys`, 'at least one keys is required'));
  return { kind, keys: keys.map((key, i) => parseKey(key, `${path}.${kind}.keys[${i}]`, keyBytes[kind], errors)) };
}

function parseKey(key: unknown, path: string, lengths: readonly number[], errors: FieldError[]): NamedKey {
  const text = (field: string): string => (isJsonObject(key) && typeof key[field] === 'string' ? key[field] : '');
  const name = text('name');
  const encoded = text('secret');
  const secret = Buffer.from(encoded, 'base64');
  if (!name) errors.push(required(`${path}.name`, 'name is a mandatory field for a key'));
  if (!encoded) errors.push(required(`${path}.secret`, 'secret is a mandatory field for a key'));
  else if (secret.toString('base64') !== encoded.trim())
    errors.push(invalidValue(`${path}.secret`, 'REDACTED', 'secrets must be base64 encoded'));
  else if (!lengths.includes(secret.length))
    errors.push(invalidValue(`${path}.secret`, 'REDACTED', `secret is not of the expected length, got ${secret.length}, expected one of [${lengths.join(' ')}]`)); // prettier-ignore
  return { name, secret };
}

function parseKms(
  settings: Record<string, unknown>,
  path: string,
  names: Set<string>,
  errors: FieldError[],
): ProviderConfiguration {
  const { name = '', endpoint = '', timeout, apiVersion = 'v1', cachesize } = settings as Record<string, string>;
  if (!name) errors.push(required(`${path}.name`, 'name is a mandatory field for a provider'));
  if (name.includes(':')) errors.push(invalidValue(`${path}.name`, name, `invalid KMS provider name ${name}, must not contain ':'`)); // prettier-ignore
  if (names.has(name)) errors.push(invalidValue(`${path}.name`, name, `duplicate KMS provider name ${name}, names must be unique`)); // prettier-ignore
  names.add(name);
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : durationOf(timeout);
  if (timeoutMs <= 0) errors.push(invalidValue(`${path}.timeout`, timeout, 'timeout should be a positive value')); // prettier-ignore
  if (!endpoint) errors.push(invalidValue(`${path}.endpoint`, '', 'endpoint is a mandatory field for a kms'));
  else if (!endpoint.startsWith('unix:'))
    errors.push(invalidValue(`${path}.endpoint`, endpoint, `unsupported scheme ${JSON.stringify(endpoint.split(':')[0])} for KMS provider, only unix is supported`)); // prettier-ignore
  if (apiVersion === 'v1')
    errors.push(invalidValue(`${path}.apiVersion`, apiVersion, 'KMS v1 is deprecated and will no longer receive security updates: use v2')); // prettier-ignore
  else if (apiVersion !== 'v2')
    errors.push(invalidValue(`${path}.apiVersion`, apiVersion, 'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported')); // prettier-ignore
  else if (cachesize !== undefined)
    errors.push(invalidValue(`${path}.cachesize`, cachesize, 'cachesize is not supported in v2'));
  return { kind: 'kms', name, endpoint, timeoutMs };
}

/** 0 for what is no duration: nobody waits so long. */
function durationOf(text: unknown): number {
  try {
    return parseDuration(String(text));
  } catch {
    return 0;
  }
}

const groupOf = (resource: string): string => {
  const dot = resource.indexOf('.');
  return dot < 0 ? '' : resource.slice(dot + 1);
};
const plainOf = (resource: string): string => resource.split('.', 1)[0]!;

function overlapErrors(resources: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const parsed = resources.map((name) => ({ group: groupOf(name), plural: plainOf(name) }));
  const pairs = parsed.flatMap((one, i) => parsed.slice(i + 1).map((other) => [one, other] as const));
  if (pairs.some(([one, other]) => one.group === other.group && one.plural === other.plural))
    errors.push(invalidValue(path, resources, 'the same resource cannot be specified multiple times'));
  const masks = (one: (typeof parsed)[number], other: (typeof parsed)[number]): boolean =>
    one.plural === '*' && (one.group === '*' || one.group === other.group) && !(other.plural === '*' && other.group === one.group); // prettier-ignore
  if (pairs.some(([one, other]) => masks(one, other) || masks(other, one)))
    errors.push(invalidValue(path, resources, "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked")); // prettier-ignore
  return errors;
}

function nameErrors(name: string, path: string): FieldError[] {
  const wrong = (why: string): FieldError[] => [invalidValue(path, name, why)];
  if (name.toLowerCase() !== name) return wrong('resource name should not contain capital letters');
  if (name === '*')
    return wrong("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
  if (['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'].includes(name))
    return wrong('resources which do not have REST API/s cannot be encrypted');
  const group = groupOf(name);
  if (group === 'events.k8s.io')
    return wrong("'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"); // prettier-ignore
  if (group === 'extensions') return wrong("'extensions' group has been removed and cannot be used for encryption");
  if (group === '*' && plainOf(name) !== '*')
    return wrong('encrypting the same resource across groups is not supported');
  return [];
}

/** The providers of the first list that names the resource, or all of its group, or all. */
export function providersFor(
  { resources }: EncryptionConfiguration,
  { group, resource }: { readonly group: string; readonly resource: string },
): readonly ProviderConfiguration[] | undefined {
  return resources.find((entry) =>
    entry.resources.some((name) => {
      const wantedGroup = groupOf(name);
      const wanted = plainOf(name);
      return (
        (wanted === '*' || wanted === resource) && (wantedGroup === group || (wantedGroup === '*' && wanted === '*'))
      );
    }),
  )?.providers;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}
