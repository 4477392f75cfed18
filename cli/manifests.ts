import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyObject } from '../api/meta/object.ts';
import type { DiscoveredResource, Discovery } from '../client/discovery.ts';
import { parseYamlDocuments } from '../component/yaml.ts';

/** An object of a file, and which file. */
export interface Manifest {
  readonly source: string;
  readonly object: AnyObject;
}

const extensions = /\.(json|ya?ml)$/;

/** The objects of files, of all manifests in folders (`-` is standard input), in order; the items of Lists one by one. */
export async function readManifests(
  paths: readonly string[],
  stdin: AsyncIterable<Buffer | string>,
  options: { readonly recursive?: boolean } = {},
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const path of paths) {
    if (/^https?:\/\//.test(path)) throw new Error(`"${path}" is a URL: download it and give the file`);
    for (const file of path === '-' ? ['-'] : await filesAt(path, options.recursive ?? false)) {
      const text = file === '-' ? await readAll(stdin) : await readFile(file, 'utf8');
      const source = file === '-' ? 'STDIN' : file;
      manifests.push(...objectsOf(text, source).map((object) => ({ source, object })));
    }
  }
  if (manifests.length === 0) throw new Error('no objects passed to apply');
  return manifests;
}

async function filesAt(path: string, recursive: boolean): Promise<string[]> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new Error(`the path "${path}" does not exist`);
  if (!info.isDirectory()) return [path];
  const entries = (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const at = join(path, entry.name);
    if (entry.isDirectory()) files.push(...(recursive ? await filesAt(at, true) : []));
    else if (extensions.test(entry.name)) files.push(at);
  }
  return files;
}

function objectsOf(text: string, source: string): AnyObject[] {
  let documents: unknown[];
  try {
    documents = parseYamlDocuments(text);
  } catch (error) {
    throw new Error(`error parsing ${source}: ${(error as Error).message}`, { cause: error });
  }
  return documents.flatMap((document) => {
    const object = document as AnyObject;
    if (typeof object !== 'object' || Array.isArray(object)) throw new Error(`${source}: an object is not a mapping`);
    for (const field of ['apiVersion', 'kind'] as const)
      if (!object[field]) throw new Error(`error validating "${source}": ${field} not set`);
    if (object.kind!.endsWith('List') && Array.isArray(object.items)) return object.items as AnyObject[];
    return [{ ...object, metadata: object.metadata ?? {} }];
  });
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as string));
  return Buffer.concat(chunks).toString();
}

/** The resource that holds the object. Throws where the server knows no such kind. */
export function resourceOfManifest({ object, source }: Manifest, discovery: Discovery): DiscoveredResource {
  const resource = discovery.forKind(object.apiVersion!, object.kind!);
  if (resource) return resource;
  const { name = '', namespace = '' } = object.metadata;
  throw new Error(
    `resource mapping not found for name: "${name}" namespace: "${namespace}" from "${source}": no matches for kind "${object.kind}" in version "${object.apiVersion}"\nensure CRDs are installed first`,
  );
}

/** Where the object goes: its own namespace, else the one given. Throws where a person asked for another than the object says. */
export function namespaceOf(
  { object }: Manifest,
  resource: DiscoveredResource,
  chosen: { readonly namespace: string; readonly isExplicit: boolean },
): string | undefined {
  if (resource.scope !== 'Namespaced') return undefined;
  const own = object.metadata.namespace;
  if (own && chosen.isExplicit && own !== chosen.namespace)
    throw new Error(
      `the namespace from the provided object "${own}" does not match the namespace "${chosen.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  return own || chosen.namespace;
}
