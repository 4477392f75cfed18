import type { AnyObject } from '../../api/meta/object.ts';
import { typeOf } from '../../api/resources/define-resource.ts';
import { envelopeEnds, fieldHead } from '../../api/schema/protobuf-envelope.ts';
import { parseStored } from './object-store.ts';
import type { Negotiated } from './negotiation.ts';
import { createProtobufMessages, type TypedMessage } from './protobuf-messages.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { bookmarkOf, lastSeen, type WatchEncoder } from './watch-encoder.ts';

const statusType = { apiVersion: 'v1', kind: 'Status' };
const statusTypeName = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

/**
 * Events as frames: the length in four bytes, then a `WatchEvent` without an envelope, whose object has one. An event's
 * bytes are made once for all watches alike.
 */
export function createProtobufWatchEncoder(deps: RestDeps, request: RestRequest, form: Negotiated): WatchEncoder {
  const { row } = request;
  const messages = createProtobufMessages(deps, request, form);
  const shape = `protobuf ${typeOf(row).apiVersion} ${form.as} ${form.metaVersion}`;
  const slots = { ADDED: `${shape} ADDED`, MODIFIED: `${shape} MODIFIED`, DELETED: `${shape} DELETED` };
  return {
    event: (type, event) =>
      event.memo(slots[type], () => {
        const shown = lastSeen(type, event);
        const isNewest = shown.modRevision === event.revision;
        // Not kept with the entry: who only watches need not pay for it.
        return frame(
          type,
          messages.of(isNewest ? (shown.object() as AnyObject) : parseStored(shown.value, event.revision)),
        );
      }),
    state: (entry) => [frame('ADDED', messages.ofEntry(entry))],
    bookmark: (revision, ends) => frame('BOOKMARK', messages.of(bookmarkOf(deps, request, revision, ends))),
    error: (error) =>
      frame('ERROR', { type: statusType, message: deps.codec.encodeMessage(statusTypeName, error.toStatus()) }),
  };
}

function frame(eventType: string, { type, message }: TypedMessage): Buffer {
  const ends = envelopeEnds(type, message.length);
  const rawBytes = ends.head.length + message.length + ends.tail.length;
  const rawHead = fieldHead(1, rawBytes);
  const name = Buffer.from(eventType);
  const head = [fieldHead(1, name.length), name, fieldHead(2, rawHead.length + rawBytes), rawHead, ends.head];
  const length = head.reduce((sum, part) => sum + part.length, 0) + message.length + ends.tail.length;
  const prefix = Buffer.allocUnsafe(4);
  prefix.writeUInt32BE(length);
  return Buffer.concat([prefix, ...head, message, ends.tail], 4 + length);
}
