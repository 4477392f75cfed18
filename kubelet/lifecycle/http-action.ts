import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { resolvePort } from '../../api/meta/intstr.ts';
import type { HTTPGetAction } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyContainer } from '../pods/pod.ts';

/** Of a body; the rest is not read. */
const maxBodyBytes = 10 * 1024;
const maxRedirects = 10;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** A redirect to another host, which is not followed. */
  readonly leftHost: boolean;
}

/** The port an action names: a number, or the name of one of the container's ports. Throws where there is none such. */
export function actionPort(container: ReadonlyContainer, port: number | string): number {
  const found = resolvePort(port, container.ports ?? []);
  if (found === undefined || found < 1 || found > 65_535) throw new Error(`invalid port number: ${port}`);
  return found;
}

/**
 * GET as the kubelet does for probes and hooks: certificates are not checked, redirects followed on the same host only.
 * Failures read as upstream's: `Get "http://…": dial tcp 10.0.0.2:80: connect: connection refused`.
 */
export async function httpGet(
  action: DeepReadonly<HTTPGetAction>,
  from: { readonly container: ReadonlyContainer; readonly podIp: string },
  defaults: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const host = action.host || from.podIp;
  const port = actionPort(from.container, action.port);
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const headers: Record<string, string | string[]> = {};
  for (const { name, value } of action.httpHeaders ?? []) {
    const known = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = known === undefined ? value : [known, value].flat();
  }
  for (const [name, value] of Object.entries(defaults)) headers[name] ??= value;
  // An empty value keeps a header from being sent at all.
  for (const name of Object.keys(headers)) if (headers[name] === '') delete headers[name];

  let url = new URL(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`);
  for (let redirects = 0; ; redirects++) {
    const { response, body } = await request(url, headers, signal);
    const location = response.headers.location;
    const status = response.statusCode ?? 0;
    if (status < 300 || status > 399 || !location) return { status, body, leftHost: false };
    const next = new URL(location, url);
    if (next.hostname !== url.hostname) return { status, body, leftHost: true };
    if (redirects >= maxRedirects) throw new Error(`Get "${url.href}": stopped after ${maxRedirects} redirects`);
    url = next;
  }
}

async function request(
  url: URL,
  headers: Record<string, string | string[]>,
  signal: AbortSignal,
): Promise<{ response: IncomingMessage; body: string }> {
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { headers, signal, agent: false as const };
      const outgoing =
        url.protocol === 'https:'
          ? https.get(url, { ...options, rejectUnauthorized: false }, resolve)
          : http.get(url, options, resolve);
      outgoing.once('error', reject);
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxBodyBytes) break;
    }
    return { response, body: Buffer.concat(chunks).toString('utf8', 0, maxBodyBytes) };
  } catch (error) {
    const why = signal.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : dialError(
          error,
          url.hostname.replace(/^\[|\]$/g, ''),
          Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
        );
    throw new Error(`Get "${url.href}": ${why}`, { cause: error });
  }
}

/** A connection failure in Go's words, as users know them from events. */
export function dialError(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'i/o timeout',
  };
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  if (code && words[code]) return `dial tcp ${address}: ${words[code]}`;
  if (code === 'ECONNRESET') return message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer';
  return message;
}
