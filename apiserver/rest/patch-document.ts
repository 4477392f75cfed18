import { cloneJson } from '../../api/meta/clone-json.ts';
import { goValue } from '../../api/meta/go-value.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { invalidPatch, patchedJson } from '../../api/patch/invalid-patch.ts';
import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatchToObject } from '../../api/patch/merge-patch.ts';
import { readRetiredVersion } from '../../api/patch/retired-versions.ts';
import type { ParsedPatch, PatchType } from './parse-patch.ts';
import { DecodeFailure, decodeValue, type BodyType, type Strictness } from './read-body.ts';
import type { RestDeps } from './rest-deps.ts';

type DocumentPatch = ParsedPatch & { readonly type: Exclude<PatchType, 'apply'> };

/**
 * The document that a patch makes of another, decoded. `current` is not changed.
 *
 * @throws ApiError Invalid where the patch makes no object of the type of it
 */
export function applyPatch(
  deps: Pick<RestDeps, 'codec' | 'strategicMerge' | 'conversionCheck'>,
  type: BodyType,
  current: AnyObject,
  patch: DocumentPatch,
  strictness: Strictness,
): AnyObject {
  const isLenient = strictness.fieldValidation === 'Ignore';
  const result = readRetiredVersion(type, patchedDocument(deps, type, current, patch, isLenient));
  const text = { oddities: patch.oddities, isYaml: false, sortsUnknown: patch.type === 'strategic' };
  try {
    // What the patch did not touch is shared with the document; decoding changes in place.
    return decodeValue(deps.codec, cloneJson(result), type, strictness, text);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    if (patch.type === 'strategic')
      throw invalidPatch(goValue(patch.value), deps.conversionCheck(type.typeName, result) ?? error.why);
    const document = inWireOrder(current);
    const shown = patchedJson(document, patchedDocument(deps, type, document, patch, isLenient));
    throw invalidPatch(shown, complaintAbout(shown) ?? error.why);
  }

  /** What is wrong comes in the order of the document as it is shown. */
  function complaintAbout(shown: string): string | undefined {
    try {
      decodeValue(deps.codec, readRetiredVersion(type, JSON.parse(shown) as AnyObject), type, strictness, text);
    } catch (error) {
      if (error instanceof DecodeFailure) return error.why;
      throw error;
    }
    return undefined;
  }
}

function patchedDocument(
  deps: Pick<RestDeps, 'strategicMerge'>,
  type: BodyType,
  document: AnyObject,
  patch: DocumentPatch,
  isLenient: boolean,
): AnyObject {
  switch (patch.type) {
    case 'json':
      return applyJsonPatch(document, patch.value, { isLenient });
    case 'merge':
      return applyMergePatchToObject(document, patch.value, { isLenient });
    case 'strategic':
      return deps.strategicMerge(type.typeName, document, patch.value);
  }
}

/** The resourceVersion where upstream writes it: clients are shown the document when a patch goes wrong. */
function inWireOrder(object: AnyObject): AnyObject {
  const { name, generateName, namespace, uid, resourceVersion, ...rest } = object.metadata;
  return { ...object, metadata: { name, generateName, namespace, uid, resourceVersion, ...rest } };
}
