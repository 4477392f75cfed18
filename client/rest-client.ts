import type { KubeList, KubeObject } from '../api/meta/object.ts';
import { apiVersionOf, resourcePath, type ResourceRef } from '../api/resources/define-resource.ts';
import type { Status } from '../api/schema/generated/meta-v1.ts';
import { systemClock } from '../component/clock.ts';
import type { Deps } from '../component/deps.ts';
import { platform } from '../component/version.ts';
import type { Client, Patch, RawRequest, RawResponse, WatchEvent } from './client.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import { createRequestMetrics } from './request-metrics.ts';
import { errorFrom, watchError } from './response-error.ts';
import type { Transport } from './transport.ts';
import { readLines } from './watch-stream.ts';

export interface RestClientOptions {
  readonly transport: Transport;
  /** See `userAgentOf`. */
  readonly userAgent?: string;
  /** Without them: the system's clock, no metrics. */
  readonly deps?: Pick<Deps, 'clock' | 'metrics'>;
  /** Requests a second, and how many may go at once before that counts; unlimited where nothing is said. */
  readonly rateLimit?: { readonly qps: number; readonly burst: number };
}

/** `kube-scheduler/v1.36 (linux/amd64) k8ts` */
export function userAgentOf(component: string): string {
  return `${component}/v1.36 (${platform}) k8ts`;
}

const patchTypes: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** Times a request is repeated because the server said `Retry-After`, as client-go does. */
const maxRetries = 10;

/**
 * A Client over any transport. What the server refuses is an ApiError. 429 is retried as `Retry-After` says (the server
 * has done nothing yet), 503 with `Retry-After` for calls that may be repeated; the wait ends with the call's signal.
 */
export function createClient(options: RestClientOptions): Client {
  const { transport } = options;
  const clock = options.deps?.clock ?? systemClock;
  const metrics = options.deps && createRequestMetrics(options.deps, transport.url);
  const limiter: RateLimiter | undefined = options.rateLimit && createRateLimiter(options.rateLimit, { clock });
  const userAgent = options.userAgent ?? userAgentOf('k8ts');

  const send = async (request: RawRequest, how: { verb: string; repeatable: boolean }): Promise<RawResponse> => {
    const headers = {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(request.cause === undefined ? {} : { 'k8ts-cause': headerValue(request.cause) }),
      ...request.headers,
    };
    for (let attempt = 0; ; attempt++) {
      if (limiter) await limiter.take(request.signal);
      const startMs = clock.monotonicMs();
      let response: RawResponse;
      try {
        response = await transport.request({ ...request, headers });
      } catch (error) {
        metrics?.observe(how.verb, request.method, '<error>', clock.monotonicMs() - startMs);
        throw error;
      }
      metrics?.observe(how.verb, request.method, String(response.status), clock.monotonicMs() - startMs);
      const retryMs = retryAfterMs(response);
      const mayRetry = response.status === 429 ? how.verb !== 'connect' : response.status === 503 && how.repeatable;
      if (!mayRetry || retryMs === undefined || attempt >= maxRetries) return response;
      await response.text();
      await clock.sleep(retryMs, request.signal);
    }
  };

  const json = async <T>(request: RawRequest, how: { verb: string; repeatable: boolean }): Promise<T> => {
    const response = await send(request, how);
    const text = await response.text();
    if (response.status >= 200 && response.status < 300) {
      try {
        return JSON.parse(text) as T;
      } catch (cause) {
        throw new Error(`${request.method} ${transport.url}${request.path}: the answer is not JSON`, { cause });
      }
    }
    throw errorFrom(response.status, text, request);
  };

  const write = <T>(method: string, path: string, body: unknown, how: WriteHow): Promise<T> =>
    json<T>(
      {
        method,
        path: path + queryOf(how.query ?? {}),
        headers: { 'content-type': how.contentType ?? 'application/json' },
        body: JSON.stringify(body),
        signal: how.signal,
        cause: how.cause,
      },
      how,
    );

  return {
    get: (ref, at, { resourceVersion, subresource, signal, cause } = {}) =>
      json(
        {
          method: 'GET',
          path: resourcePath(ref, { ...at, subresource }) + queryOf({ resourceVersion }),
          signal,
          cause,
        },
        { verb: 'get', repeatable: true },
      ),

    list: async <T extends KubeObject>(
      ref: ResourceRef<T>,
      at: { readonly namespace?: string } = {},
      { signal, cause, metadataOnly, ...query }: Parameters<Client['list']>[2] = {},
    ) => {
      const list = await json<KubeList<T>>(
        {
          method: 'GET',
          path: resourcePath(ref, at) + queryOf(query),
          headers: metadataOnly ? { accept: metadataForm('PartialObjectMetadataList') } : {},
          signal,
          cause,
        },
        { verb: 'list', repeatable: true },
      );
      list.items ??= [];
      return list;
    },

    watch: async function* <T extends KubeObject>(
      ref: ResourceRef<T>,
      at: { readonly namespace?: string },
      { signal, cause, metadataOnly, ...query }: Parameters<Client['watch']>[2],
    ): AsyncGenerator<WatchEvent<T>> {
      const path = resourcePath(ref, at) + queryOf({ watch: true, ...query });
      const headers: Record<string, string> = metadataOnly ? { accept: metadataForm('PartialObjectMetadata') } : {};
      const request = { method: 'GET', path, headers, signal, cause };
      const response = await send(request, { verb: 'watch', repeatable: true });
      if (response.status !== 200) throw errorFrom(response.status, await response.text(), request);
      for await (const lines of readLines(response.body)) {
        for (const line of lines) {
          const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status };
          if (event.type === 'ERROR') throw watchError(event.object);
          yield event;
        }
      }
    },

    create: (ref, object, options = {}) =>
      write(
        'POST',
        resourcePath(ref, {
          namespace: object.metadata.namespace,
          ...(options.subresource ? { name: object.metadata.name, subresource: options.subresource } : {}),
        }),
        complete(ref, object),
        {
          verb: 'create',
          repeatable: false,
          ...writeOptions(options),
        },
      ),

    update: (ref, object, options = {}) =>
      write(
        'PUT',
        resourcePath(ref, {
          namespace: object.metadata.namespace,
          name: object.metadata.name,
          subresource: options.subresource,
        }),
        complete(ref, object),
        // Without a resourceVersion a repeated PUT could undo what another wrote between.
        { verb: 'update', repeatable: object.metadata.resourceVersion !== undefined, ...writeOptions(options) },
      ),

    patch: (ref, at, patch, options = {}) => {
      const how = writeOptions(options);
      return write('PATCH', resourcePath(ref, { ...at, subresource: options.subresource }), patch.body, {
        verb: patch.type === 'apply' ? 'apply' : 'patch',
        repeatable: patch.type !== 'json',
        contentType: patchTypes[patch.type],
        ...how,
        query: { ...how.query, ...(options.force === undefined ? {} : { force: options.force }) },
      });
    },

    delete: async (ref, at, { signal, cause, ...body } = {}) => {
      await write('DELETE', resourcePath(ref, at), deleteOptions(body), {
        verb: 'delete',
        repeatable: true,
        signal,
        cause,
      });
    },

    deleteCollection: async (ref, at, options = {}) => {
      const { signal, cause, labelSelector, fieldSelector, limit, resourceVersion, metadataOnly: _, ...rest } = options;
      const { resourceVersionMatch, continue: from, ...body } = rest;
      await write('DELETE', resourcePath(ref, at), deleteOptions(body), {
        verb: 'deletecollection',
        repeatable: true,
        signal,
        cause,
        query: { labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch, continue: from },
      });
    },

    createSubresource: (ref, at, body, options = {}) =>
      write('POST', resourcePath(ref, at), body, { verb: 'connect', repeatable: false, ...writeOptions(options) }),

    raw: (request) => send(request, { verb: request.method.toLowerCase(), repeatable: request.method === 'GET' }),
  };
}

interface WriteHow {
  readonly verb: string;
  readonly repeatable: boolean;
  readonly contentType?: string;
  readonly query?: Query;
  readonly signal?: AbortSignal;
  readonly cause?: string;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `?a=b&c=d`, or nothing; what is undefined or empty is left out. */
export function queryOf(query: Query): string {
  let text = '';
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return text;
}

/** Asks for metadata alone; a server that cannot do that answers whole objects. */
function metadataForm(kind: string): string {
  return `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;
}

function writeOptions(options: Parameters<Client['patch']>[3] & object): Pick<WriteHow, 'query' | 'signal' | 'cause'> {
  const { signal, cause, dryRun, fieldManager, fieldValidation } = options;
  return { signal, cause, query: { ...(dryRun ? { dryRun: 'All' } : {}), fieldManager, fieldValidation } };
}

/** Objects of typed callers seldom say what they are; the server wants it. */
function complete<T extends KubeObject>(ref: ResourceRef<T>, object: T): T {
  if (object.kind && object.apiVersion) return object;
  return { ...object, kind: object.kind ?? ref.kind, apiVersion: object.apiVersion ?? apiVersionOf(ref) };
}

function deleteOptions(options: object): object {
  return { kind: 'DeleteOptions', apiVersion: 'v1', ...options };
}

/** A header cannot carry line ends or bytes beyond Latin-1. */
function headerValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}

function retryAfterMs(response: RawResponse): number | undefined {
  const value = response.headers['retry-after'];
  const seconds = Number(Array.isArray(value) ? value[0] : (value ?? NaN));
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
