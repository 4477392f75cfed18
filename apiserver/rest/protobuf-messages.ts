import { setImmediate } from 'node:timers/promises';
import type { AnyObject } from '../../api/meta/object.ts';
import { typeOf } from '../../api/resources/define-resource.ts';
import type { CacheEntry } from '../storage/cache-entry.ts';
import type { Negotiated } from './negotiation.ts';
import { partialMetadataOf } from './partial-metadata.ts';
import { viewOf } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

const partialMetadataType = 'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata';

/** An object as it is sent: its message and the type that stands with it. */
export interface TypedMessage {
  readonly type: { readonly apiVersion: string; readonly kind: string };
  readonly message: Uint8Array;
}

/** Makes the messages of one kind of answer. */
export interface ProtobufMessages {
  /** Of any object of the row, in the stored version. */
  of(stored: AnyObject): TypedMessage;
  /** Of a cached one. Whole objects in their stored version are kept with the entry, so that a list makes each once. */
  ofEntry(entry: CacheEntry): TypedMessage;
}

/**
 * Whole objects in the version the request asks for, or their metadata alone. `form` was negotiated as protobuf, which
 * no Table is.
 */
export function createProtobufMessages({ codec }: RestDeps, request: RestRequest, form: Negotiated): ProtobufMessages {
  const { row } = request;
  if (form.as !== 'Object') {
    const type = { apiVersion: `meta.k8s.io/${form.metaVersion}`, kind: 'PartialObjectMetadata' };
    const of = (stored: AnyObject): TypedMessage => ({
      type,
      message: codec.encodeMessage(partialMetadataType, partialMetadataOf(stored, form.metaVersion)),
    });
    return { of, ofEntry: (entry) => of(entry.object() as AnyObject) };
  }
  const type = typeOf(row);
  const encode = (stored: AnyObject): Uint8Array => codec.encodeMessage(row.typeName, viewOf(request, stored));
  return {
    of: (stored) => ({ type, message: encode(stored) }),
    ofEntry: row.storedAs
      ? (entry) => ({ type, message: encode(entry.object() as AnyObject) })
      : (entry) => ({ type, message: (entry.message ??= encode(entry.object() as AnyObject)) }),
  };
}

/** Objects encoded before others get their turn. */
const batch = 64;

/** The messages of many entries, in their order; a long list does not keep others waiting. */
export async function messagesOf(
  messages: ProtobufMessages,
  entries: readonly CacheEntry[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const made: Uint8Array[] = [];
  let fresh = 0;
  for (const entry of entries) {
    if (!entry.message && ++fresh % batch === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
    made.push(messages.ofEntry(entry).message);
  }
  return made;
}
