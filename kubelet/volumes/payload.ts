import type { DeepReadonly } from '../../api/meta/object.ts';
import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Secret } from '../../api/schema/generated/core-v1.ts';
import { fieldValue, type PodAddresses } from '../environment/field-ref.ts';
import { resourceValue } from '../environment/resource-ref.ts';
import { findContainer, type ReadonlyPod } from '../pods/pod.ts';
import type { FileProjection } from './atomic-writer.ts';

interface Selection {
  readonly items?: readonly DeepReadonly<KeyToPath>[];
  readonly defaultMode: number;
  readonly optional?: boolean;
}

/** Files of a config map: all its keys, or those chosen under the paths chosen. */
export function configMapFiles(
  object: DeepReadonly<ConfigMap> | undefined,
  name: string,
  selection: Selection,
): Map<string, FileProjection> {
  if (!object && !selection.optional) throw new Error(`configmap "${name}" not found`);
  const data = new Map<string, Buffer>([
    ...Object.entries(object?.data ?? {}).map(([key, text]): [string, Buffer] => [key, Buffer.from(text)]),
    ...Object.entries(object?.binaryData ?? {}).map(([key, text]): [string, Buffer] => [
      key,
      Buffer.from(text, 'base64'),
    ]),
  ]);
  return select(data, selection, (key) => `configmap references non-existent config key: ${key}`);
}

/** As `configMapFiles`, of a secret. */
export function secretFiles(
  object: DeepReadonly<Secret> | undefined,
  name: string,
  selection: Selection,
): Map<string, FileProjection> {
  if (!object && !selection.optional) throw new Error(`secret "${name}" not found`);
  const data = new Map(Object.entries(object?.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]));
  return select(data, selection, (key) => `references non-existent secret key: ${key}`);
}

function select(
  data: ReadonlyMap<string, Buffer>,
  { items, defaultMode, optional }: Selection,
  missing: (key: string) => string,
): Map<string, FileProjection> {
  if (!items?.length) return new Map([...data].map(([key, bytes]) => [key, { data: bytes, mode: defaultMode }]));
  const files = new Map<string, FileProjection>();
  for (const { key, path, mode } of items) {
    const bytes = data.get(key);
    if (bytes) files.set(path, { data: bytes, mode: mode ?? defaultMode });
    else if (!optional) throw new Error(missing(key));
  }
  return files;
}

/** Files of the downward API. */
export function downwardFiles(
  pod: ReadonlyPod,
  items: readonly DeepReadonly<DownwardAPIVolumeFile>[],
  from: {
    readonly defaultMode: number;
    readonly addresses: PodAddresses;
    readonly allocatable: Readonly<Record<string, string>>;
  },
): Map<string, FileProjection> {
  const files = new Map<string, FileProjection>();
  for (const { path, mode, fieldRef, resourceFieldRef } of items) {
    let text = '';
    if (fieldRef) text = fieldValue(pod, fieldRef.fieldPath, from.addresses);
    else if (resourceFieldRef) {
      const found = findContainer(pod, resourceFieldRef.containerName ?? '');
      if (!found) throw new Error(`container ${resourceFieldRef.containerName} not found`);
      text = resourceValue(found.container, resourceFieldRef, from.allocatable);
    }
    files.set(path, { data: Buffer.from(text), mode: mode ?? from.defaultMode });
  }
  return files;
}
