import type { AnyObject } from '../meta/object.ts';
import { compareObjects } from './compare.ts';
import { difference, type FieldSet } from './field-set.ts';
import { goJson } from './path-element.ts';
import { toFieldSet } from './to-field-set.ts';
import { type TypeNode } from './type-node.ts';
import { isJsonObject } from '../meta/json-object.ts';

/** Where `kubectl apply` on the client's side keeps the configuration it applied last. */
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The one manager whose server-side apply takes over from client-side apply. */
export const clientSideApplier = 'kubectl';

/** `TotalAnnotationSizeLimitB` of upstream. */
const maxAnnotationsBytes = 256 * 1024;

/**
 * Fields that client-side apply set and nobody changed since: conflicts over them are its own with itself. Undefined
 * where the live object tells of no client-side apply in this version.
 */
export function fieldsOfLastApplied(node: TypeNode, live: AnyObject, apiVersion: string): FieldSet | undefined {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (!text) return undefined;
  let lastApplied: unknown;
  try {
    lastApplied = JSON.parse(text);
  } catch {
    // The annotation is the user's to break; it then says nothing.
    return undefined;
  }
  if (!isJsonObject(lastApplied) || lastApplied['apiVersion'] !== apiVersion) return undefined;
  const { changed, removed } = compareObjects(node, lastApplied, live);
  return difference(difference(toFieldSet(node, lastApplied), changed), removed);
}

/** Keeps the annotation in step for kubectls that still apply on the client's side. Changes `object`. */
export function updateLastApplied(object: AnyObject, applied: AnyObject): void {
  const annotations = object.metadata.annotations;
  if (!annotations?.[lastAppliedAnnotation]) return;
  const { [lastAppliedAnnotation]: _, ...others } = applied.metadata?.annotations ?? {};
  const metadata = applied.metadata?.annotations ? { ...applied.metadata, annotations: others } : applied.metadata;
  const updated = { ...annotations, [lastAppliedAnnotation]: `${goJson({ ...applied, metadata })}\n` };
  if (bytesOf(updated) > maxAnnotationsBytes) delete (updated as Record<string, string>)[lastAppliedAnnotation];
  object.metadata.annotations = updated;
}

const bytesOf = (annotations: Readonly<Record<string, string>>): number =>
  Object.entries(annotations).reduce((sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v), 0);
