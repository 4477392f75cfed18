import type { ApiError } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { resourceVersionChunks, spliceResourceVersion } from '../../api/schema/codec.ts';
import type { CacheEntry, CacheEvent } from '../storage/cache-entry.ts';
import type { Negotiated } from './negotiation.ts';
import { parseStored } from './object-store.ts';
import { viewOf } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { includeObjectOf, metadataOf, tableOf } from './table.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Turns events into the bytes of one kind of watch. An event's bytes are made once and shared by all watches alike. */
export interface WatchEncoder {
  event(type: WatchEventType, event: CacheEvent): Buffer;
  /** ADDED, for an object that is there when the watch begins; in parts, to be joined where they are written. */
  state(entry: CacheEntry): readonly Uint8Array[];
  bookmark(revision: number, endsInitialEvents: boolean): Buffer;
  /** ERROR, the last a watch says. */
  error(error: ApiError): Buffer;
}

/**
 * Lines of JSON; protobuf has an encoder of its own. For one watch alone: of a Table, only what is sent first names the
 * columns.
 */
export function createWatchEncoder(deps: RestDeps, request: RestRequest, form: Negotiated): WatchEncoder {
  const { row } = request;
  if (form.as === 'Object' && !row.storedAs) return plainEncoder(deps, request);
  const include = form.as === 'Table' ? includeObjectOf(request.http.query) : '';
  const shape = `${row.group}/${row.version} ${form.as} ${form.metaVersion} ${include}`;
  let hasSentColumns = false;
  const shapeOf = (object: AnyObject): unknown => {
    if (form.as === 'PartialObjectMetadata') return metadataOf(row, object, form);
    if (form.as !== 'Table') return object;
    const table = tableOf(deps, request, [object], form, object.metadata.resourceVersion, !hasSentColumns);
    hasSentColumns = true;
    return table;
  };
  const encode = (type: string, stored: AnyObject): Buffer =>
    Buffer.from(`${JSON.stringify({ type, object: shapeOf(viewOf(request, stored)) })}\n`);
  return {
    event: (type, event) => {
      const make = (): Buffer => {
        const shown = lastSeen(type, event);
        return encode(type, parseStored(shown.value, event.revision));
      };
      return form.as === 'Table' && !hasSentColumns ? make() : event.memo(`${shape} ${type}`, make);
    },
    state: (entry) => [encode('ADDED', parseStored(entry.value, entry.modRevision))],
    bookmark: (revision, endsInitialEvents) =>
      encode('BOOKMARK', bookmarkOf(deps, request, revision, endsInitialEvents)),
    error: jsonError,
  };
}

function plainEncoder(deps: RestDeps, request: RestRequest): WatchEncoder {
  return {
    event: (type, event) => event.memo(type, () => eventBytes(type, lastSeen(type, event).value, event.revision)),
    state: (entry) => [stateHead, ...resourceVersionChunks(entry.value, entry.modRevision), eventTail],
    bookmark: (revision, ends) =>
      Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object: bookmarkOf(deps, request, revision, ends) })}\n`),
    error: jsonError,
  };
}

/** For DELETED the state before the change, which is the last the watcher was shown; it carries the change's revision. */
export function lastSeen(type: WatchEventType, event: CacheEvent): CacheEntry {
  return type === 'DELETED' ? (event.previous ?? event.entry) : event.entry;
}

const stateHead = Buffer.from('{"type":"ADDED","object":');
const eventTail = Buffer.from('}\n');

function eventBytes(type: string, stored: Buffer, revision: number): Buffer {
  return spliceResourceVersion(stored, revision, `{"type":"${type}","object":`, '}\n');
}

/** An object that says nothing but a revision. */
export function bookmarkOf(
  deps: RestDeps,
  request: RestRequest,
  revision: number,
  endsInitialEvents: boolean,
): AnyObject {
  const metadata = endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return parseStored(deps.objects.encode(request.row, { metadata }), revision);
}

function jsonError(error: ApiError): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: error.toStatus() })}\n`);
}
