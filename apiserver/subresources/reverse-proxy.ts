import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ApiError } from '../../api/meta/errors.ts';
import type { Clock } from '../../component/clock.ts';
import { offeredProtocols } from '../authenticators/bearer-token.ts';
import { limitConnecting } from '../kubelets/connect-timeout.ts';
import { ConnectionError, unknownError } from '../kubelets/connection-error.ts';
import type { KubeletClient, KubeletUpgrade } from '../kubelets/kubelet-client.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { ProxyTarget } from './proxy-target.ts';
import { handOver } from './relay.ts';
import { streamBody } from './stream-body.ts';

export interface ProxyRoute {
  readonly target: ProxyTarget;
  /** The path up to and with `/proxy`. */
  readonly prefix: string;
  /** The rest of it, still escaped. */
  readonly path: string;
}

/** Of one connection only (RFC 9110, section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** Who the client is to the API server is nobody else's business. */
const credentials = /^(authorization$|impersonate-|x-remote-)/;
const maxBodyBytes = 64 * 1024 * 1024;

/** Sends the request on and gives the answer back as it comes; a change of protocol is handed on as well. */
export async function proxyRequest(
  request: ApiRequest,
  route: ProxyRoute,
  { kubelets, clock }: { readonly kubelets: KubeletClient; readonly clock: Clock },
): Promise<ApiResponse> {
  const { method, upgrade, uri } = request;
  const question = uri.indexOf('?');
  const search = question < 0 || question === uri.length - 1 ? '' : uri.slice(question);
  if (route.path === '' && !upgrade && (method === 'GET' || method === 'HEAD'))
    // Relative links of a page need the slash.
    return { status: 301, headers: { location: `${route.prefix}/${search}` }, body: { kind: 'bytes', chunks: [] } };
  const body = upgrade || method === 'GET' || method === 'HEAD' ? undefined : await request.body(maxBodyBytes);
  const outgoing = {
    method,
    path: `${route.path || '/'}${search}`,
    headers: headersFor(request, route),
    body: body?.length ? body : undefined,
    signal: request.signal,
  };
  const { target } = route;
  const answer = await (
    target.kind === 'kubelet' ? kubelets.upgrade(target.node, outgoing) : send(target, outgoing, clock)
  ).catch((error: unknown) => {
    throw error instanceof ConnectionError ? unreachable(error, upgrade !== undefined) : error;
  });
  if (answer.kind === 'upgraded') {
    if (upgrade) return handOver(upgrade, answer);
    answer.socket.destroy();
    throw new ApiError('InternalError', 'the backend changed the protocol without being asked');
  }
  return answerOf(answer.response, route);
}

function unreachable(error: ConnectionError, isUpgrade: boolean): ApiError {
  if (isUpgrade) return unknownError(`error dialing backend: ${error.message}`, error);
  return new ApiError('ServiceUnavailable', `error trying to reach service: ${error.message}`, { cause: error });
}

function headersFor(request: ApiRequest, { target, prefix, path }: ProxyRoute): Record<string, string | string[]> {
  const named = namedByConnection(request.headers['connection']);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(':') || hopByHop.has(name) || named.has(name)) continue;
    if (credentials.test(name) || name === 'host' || name === 'content-length' || name === 'expect') continue;
    if (name === 'cookie' && target.kind === 'kubelet') continue;
    headers[name] = value;
  }
  const { upgrade } = request;
  if (upgrade) Object.assign(headers, { connection: 'Upgrade', upgrade: upgrade.protocol });
  const protocols = offeredProtocols(request.headers['sec-websocket-protocol']);
  if (protocols.length > 0) headers['sec-websocket-protocol'] = protocols.join(', ');
  else delete headers['sec-websocket-protocol'];
  const host = request.headers['host'] ?? request.headers[':authority'];
  if (host !== undefined) headers['x-forwarded-host'] = host;
  headers['x-forwarded-for'] = [request.headers['x-forwarded-for'] ?? [], request.remoteAddress].flat().join(', ');
  headers['x-forwarded-proto'] = 'https';
  headers['x-forwarded-uri'] = `${prefix}${path}`;
  return headers;
}

function send(
  { scheme, host, port }: Extract<ProxyTarget, { kind: 'address' }>,
  {
    body,
    ...request
  }: { method: string; path: string; headers: OutgoingHttpHeaders; body?: Buffer; signal: AbortSignal },
  clock: Clock,
): Promise<KubeletUpgrade> {
  return new Promise((resolve, reject) => {
    // As upstream: backends have certificates that nobody here can check.
    const options = { ...request, host, port, agent: false, allowHalfOpen: true, rejectUnauthorized: false };
    const outgoing = scheme === 'https' ? httpsRequest(options) : httpRequest(options);
    limitConnecting(outgoing, clock);
    outgoing.on('error', (error) => reject(new ConnectionError(error, { host, port })));
    outgoing.on('response', (response) => resolve({ kind: 'answered', response }));
    outgoing.on('upgrade', (response, socket, head) => resolve({ kind: 'upgraded', response, socket, head }));
    outgoing.end(body);
  });
}

function answerOf(response: IncomingMessage, route: ProxyRoute): ApiResponse {
  const named = namedByConnection(response.headers.connection);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined && !hopByHop.has(name) && !named.has(name)) headers[name] = value;
  if (typeof headers['location'] === 'string') headers['location'] = locationFor(headers['location'], route);
  return { status: response.statusCode!, headers, body: streamBody(response) };
}

/** A redirect within the backend stays below the proxy's path. */
function locationFor(location: string, { target, prefix }: ProxyRoute): string {
  if (location.startsWith('/') && !location.startsWith('//')) return `${prefix}${location}`;
  if (target.kind !== 'address' || !URL.canParse(location)) return location;
  const url = new URL(location);
  const base = new URL(
    `${target.scheme}://${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`,
  );
  return url.host === base.host ? `${prefix}${url.pathname}${url.search}${url.hash}` : location;
}

function namedByConnection(header: string | string[] | undefined): Set<string> {
  return new Set([header ?? []].flat().flatMap((text) => text.split(',').map((name) => name.trim().toLowerCase())));
}
