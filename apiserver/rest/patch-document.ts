import { cloneJson } from '../../api/meta/clone-json.ts';
import { ApiError } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { invalidPatch, patchedJson } from '../../api/patch/invalid-patch.ts';
import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatchToObject } from '../../api/patch/merge-patch.ts';
import { readRetiredVersion } from '../../api/patch/retired-versions.ts';
import { DecodeFailure, decodeValue, type BodyType, type Strictness } from './read-body.ts';
import type { RestDeps } from './rest-deps.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface ParsedPatch {
  readonly value: unknown;
  /** What is odd about its text: keys that stand twice. */
  readonly oddities: readonly string[];
}

/**
 * The document that a patch makes of another, decoded. `current` is not changed.
 *
 * @throws ApiError Invalid where the patch makes no object of the type of it
 */
export function applyPatch(
  deps: Pick<RestDeps, 'codec' | 'strategicMerge' | 'conversionCheck'>,
  type: BodyType,
  current: AnyObject,
  patch: ParsedPatch & { readonly type: Exclude<PatchType, 'apply'> },
  strictness: Strictness,
): AnyObject {
  const result = readRetiredVersion(type, patchedDocument(deps, type, current, patch));
  try {
    // What the patch did not touch is shared with the document; decoding changes in place.
    return decodeValue(deps.codec, cloneJson(result), type, strictness, { oddities: patch.oddities, isYaml: false });
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    if (patch.type === 'strategic')
      throw invalidPatch(goText(patch.value), deps.conversionCheck(type.typeName, result) ?? error.why);
    const document = inWireOrder(current);
    throw invalidPatch(patchedJson(document, patchedDocument(deps, type, document, patch)), error.why);
  }
}

function patchedDocument(
  deps: Pick<RestDeps, 'strategicMerge'>,
  type: BodyType,
  document: AnyObject,
  patch: ParsedPatch & { readonly type: PatchType },
): AnyObject {
  switch (patch.type) {
    case 'json':
      return applyJsonPatch(document, patch.value);
    case 'merge':
      return applyMergePatchToObject(document, patch.value);
    case 'strategic':
      return deps.strategicMerge(type.typeName, document, patch.value);
    case 'apply':
      throw new ApiError('InternalError', 'an apply is no patch of a document');
  }
}

/** The resourceVersion where upstream writes it: clients are shown the document when a patch goes wrong. */
function inWireOrder(object: AnyObject): AnyObject {
  const { name, generateName, namespace, uid, resourceVersion, ...rest } = object.metadata;
  return { ...object, metadata: { name, generateName, namespace, uid, resourceVersion, ...rest } };
}

/** A value as Go's `%v` prints it. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return value === null ? '<nil>' : String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
}
