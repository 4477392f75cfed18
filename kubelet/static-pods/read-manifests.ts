import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pods } from '../../api/resources/core/pod.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { parseYaml } from '../../component/yaml.ts';
import { configAnnotations } from '../pods/pod.ts';

export interface Manifests {
  readonly pods: readonly Pod[];
  /** Files that hold no pod we can run, and why. */
  readonly problems: readonly { readonly file: string; readonly error: Error }[];
}

/**
 * The static pods of a folder (or of one file): every file that does not begin with a dot, in JSON or YAML, sorted by
 * name. A pod's name gets the node's as its end; its uid is the hash of what it says, so a changed file is another pod.
 */
export async function readManifests(path: string, nodeName: string): Promise<Manifests> {
  const files = await manifestFiles(path);
  const found: Pod[] = [];
  const problems: { file: string; error: Error }[] = [];
  const names = new Set<string>();
  for (const file of files) {
    try {
      const pod = toStaticPod(await readFile(file, 'utf8'), file, nodeName);
      const fullName = `${pod.metadata.namespace}/${pod.metadata.name}`;
      if (names.has(fullName)) throw new Error(`another file has a pod ${fullName} too`);
      names.add(fullName);
      found.push(pod);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // removed meanwhile
      problems.push({ file, error: error as Error });
    }
  }
  return { pods: found, problems };
}

async function manifestFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory())
      .map((entry) => join(path, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The pod of one file, as the API server would have made it. Throws where it is none. */
export function toStaticPod(text: string, file: string, nodeName: string): Pod {
  const pod = parseYaml(text) as Pod | undefined;
  if (!pod || typeof pod !== 'object' || Array.isArray(pod)) throw new Error('it does not hold an object');
  if (pod.kind !== 'Pod' || pod.apiVersion !== 'v1') {
    throw new Error(`it holds ${pod.apiVersion} ${pod.kind}, not a v1 Pod`);
  }
  if (!pod.metadata?.name || !pod.spec?.containers?.length) throw new Error('the pod has no name or no containers');
  const { metadata, spec } = pod;
  const uid = metadata.uid ?? hashOf(nodeName, file, text);
  const made: Pod = {
    ...pod,
    metadata: {
      ...metadata,
      name: `${metadata.name}-${nodeName.toLowerCase()}`,
      namespace: metadata.namespace ?? 'default',
      uid,
      annotations: {
        ...metadata.annotations,
        [configAnnotations.hash]: uid,
        [configAnnotations.source]: 'file',
      },
    },
    spec: {
      ...spec,
      nodeName,
      // A static pod stays whatever the node's taints say of it.
      tolerations: [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
    status: { phase: 'Pending' },
  };
  pods.setDefaults?.(made);
  const errors = pods.validate?.(made) ?? [];
  if (errors.length > 0) throw new Error(errors.map(String).join(', '));
  return made;
}

/** 32 hexadecimal digits, as upstream's hash of a manifest. */
function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
