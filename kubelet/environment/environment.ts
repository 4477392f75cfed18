import type { DeepReadonly } from '../../api/meta/object.ts';
import type { ConfigMap, EnvVarSource, Secret } from '../../api/schema/generated/core-v1.ts';
import { findContainer, type ReadonlyContainer, type ReadonlyPod } from '../pods/pod.ts';
import { expand } from './expand.ts';
import { fieldValue, type PodAddresses } from './field-ref.ts';
import { resourceValue } from './resource-ref.ts';

/** Reads objects of the pod's namespace; undefined where there is none of that name. */
export interface ObjectReader {
  configMap(name: string): Promise<DeepReadonly<ConfigMap> | undefined>;
  secret(name: string): Promise<DeepReadonly<Secret> | undefined>;
}

export interface EnvironmentInput {
  readonly pod: ReadonlyPod;
  readonly container: ReadonlyContainer;
  readonly objects: ObjectReader;
  readonly addresses: PodAddresses;
  readonly services: ReadonlyMap<string, string>;
  readonly allocatable: Readonly<Record<string, string>>;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/**
 * The variables of a container: services give way to `envFrom`, that to `env`; later entries see earlier ones in
 * `$(NAME)`. Throws with upstream's words where a reference leads nowhere.
 */
export async function environmentOf(input: EnvironmentInput): Promise<Variable[]> {
  const { container, objects, services } = input;
  const result = new Map<string, string>();

  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const add = (key: string, value: string): void => void result.set(prefix + key, value);
    if (configMapRef?.name) {
      const found = await objects.configMap(configMapRef.name);
      if (!found && !configMapRef.optional) throw missing('configmap', configMapRef.name);
      for (const [key, value] of Object.entries(found?.data ?? {})) add(key, value);
    }
    if (secretRef?.name) {
      const found = await objects.secret(secretRef.name);
      if (!found && !secretRef.optional) throw missing('secret', secretRef.name);
      for (const [key, value] of Object.entries(found?.data ?? {})) add(key, decode(value));
    }
  }

  const valueOf = (name: string): string | undefined => result.get(name) ?? services.get(name);
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (value) result.set(name, expand(value, valueOf));
    else if (!valueFrom) result.set(name, '');
    else {
      const found = await valueFromSource(input, valueFrom);
      if (found !== undefined) result.set(name, found);
    }
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return [...result].map(([name, value]) => ({ name, value }));
}

/** undefined where an optional reference leads nowhere: the variable is not set then. */
async function valueFromSource(
  input: EnvironmentInput,
  source: DeepReadonly<EnvVarSource>,
): Promise<string | undefined> {
  const { pod, container, objects, addresses, allocatable } = input;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  const where = `${pod.metadata.namespace}`;
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath, addresses);
  if (resourceFieldRef) {
    const named = resourceFieldRef.containerName;
    const of = named ? findContainer(pod, named)?.container : container;
    if (!of) throw new Error(`container ${named} not found`);
    return resourceValue(of, resourceFieldRef, allocatable);
  }
  if (configMapKeyRef) {
    const { name = '', key, optional } = configMapKeyRef;
    const found = await objects.configMap(name);
    if (!found && !optional) throw missing('configmap', name);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw new Error(`couldn't find key ${key} in ConfigMap ${where}/${name}`);
    return value;
  }
  if (secretKeyRef) {
    const { name = '', key, optional } = secretKeyRef;
    const found = await objects.secret(name);
    if (!found && !optional) throw missing('secret', name);
    const value = found?.data?.[key];
    if (value === undefined && !optional) throw new Error(`couldn't find key ${key} in Secret ${where}/${name}`);
    return value === undefined ? undefined : decode(value);
  }
  return undefined;
}

function missing(kind: string, name: string): Error {
  return new Error(`${kind} "${name}" not found`);
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
