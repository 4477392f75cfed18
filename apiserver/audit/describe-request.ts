import type { Codec } from '../../api/schema/codec.ts';
import { mediaTypes } from '../server/formats.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { RequestInfo } from '../stages/request-info.ts';
import type { AuditObjectRef, AuditUser } from './audit-event.ts';

/** `authentication.k8s.io` UserInfo, empty fields left out. */
export function auditUserOf({ name, uid, groups, extra }: User): AuditUser {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** What the path names; undefined where it is no resource's. */
export function objectRefOf(info: RequestInfo): AuditObjectRef | undefined {
  if (!info.isResource) return undefined;
  const { resource, namespace, name, group, version, subresource } = info;
  return {
    resource,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(group ? { apiGroup: group } : {}),
    apiVersion: version,
    ...(subresource ? { subresource } : {}),
  };
}

/** The reference with what the body says beyond the path: the name of an object that is made, the version it is based on. */
export function withMetadataOf(ref: AuditObjectRef | undefined, body: unknown): AuditObjectRef | undefined {
  const metadata = (body as { metadata?: unknown } | null)?.metadata;
  if (!ref || typeof metadata !== 'object' || metadata === null) return ref;
  const text = (field: string): string => {
    const value = (metadata as Record<string, unknown>)[field];
    return typeof value === 'string' ? value : '';
  };
  const namespace = ref.namespace || text('namespace');
  const name = ref.name || text('name');
  const { resource, uid = text('uid'), apiGroup, apiVersion, resourceVersion = text('resourceVersion') } = ref;
  return {
    resource,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(uid ? { uid } : {}),
    ...(apiGroup ? { apiGroup } : {}),
    apiVersion,
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(ref.subresource ? { subresource: ref.subresource } : {}),
  };
}

/** Where the request came from, over which proxies: as they say themselves, and last who really connected. */
export function sourcesOf({ headers, remoteAddress }: Pick<ApiRequest, 'headers' | 'remoteAddress'>): string[] {
  const forwarded = [headers['x-forwarded-for']].flat().flatMap((list) => (list ?? '').split(','));
  const said = [...forwarded, ...[headers['x-real-ip']].flat()].map((address) => (address ?? '').trim());
  const own = remoteAddress.replace(/^::ffff:/, '');
  const all = said.filter(Boolean);
  if (own && all.at(-1) !== own) all.push(own);
  return all;
}

/** How somebody who was refused tried to prove who they are, in upstream's words; never what they showed. */
export function waysTried({
  headers,
  peerCertificate,
  certificateError,
}: Pick<ApiRequest, 'headers' | 'peerCertificate' | 'certificateError'>): string {
  const ways: string[] = [];
  const authorization = String(headers['authorization'] ?? '').toLowerCase();
  if (authorization.startsWith('bearer ')) ways.push('bearer');
  else if (authorization.startsWith('basic ')) ways.push('basic');
  if (peerCertificate ?? certificateError) ways.push('x509');
  return ways.length > 0 ? `Authentication failed, attempted: ${ways.join(', ')}` : 'Authentication failed, no credentials provided'; // prettier-ignore
}

/** The body of an answer where it is JSON or protobuf. */
export function valueOf({ headers, body }: ApiResponse, codec: Pick<Codec, 'readProtobuf'>): unknown {
  if (body.kind !== 'bytes') return undefined;
  const contentType = String(headers['content-type'] ?? '');
  if (contentType === mediaTypes.protobuf) return codec.readProtobuf(Buffer.concat(body.chunks));
  return contentType.startsWith(mediaTypes.json)
    ? (JSON.parse(Buffer.concat(body.chunks).toString('utf8')) as unknown)
    : undefined;
}

/** The object, or every item of a list, without `managedFields`; changed in place. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { metadata, items } = value as { metadata?: { managedFields?: unknown }; items?: unknown };
  if (typeof metadata === 'object' && metadata !== null) delete metadata.managedFields;
  if (Array.isArray(items)) for (const item of items) withoutManagedFields(item);
  return value;
}
