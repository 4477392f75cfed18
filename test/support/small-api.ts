import { alreadyExists, ApiError, expired, modified, notFound } from '../../api/meta/errors.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import type { InProcessHandler, InProcessResponse, InProcessSink } from '../../client/in-process-transport.ts';

interface Change {
  readonly path: string;
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

interface Watcher {
  readonly collection: string;
  readonly sink: InProcessSink;
  readonly end: (error?: Error) => void;
}

/**
 * As much of an API server as clients are tested against: objects of any kind with revisions, optimistic locking, pages
 * and watches; and the faults that a real one has only on bad days.
 */
export interface SmallApi {
  readonly handle: InProcessHandler;
  /** `METHOD path?query` of every request seen. */
  readonly requests: string[];
  readonly watchers: number;
  /** Writes as somebody else; the object says its namespace and name. */
  put(collection: string, object: KubeObject): KubeObject;
  remove(collection: string, name: string, namespace?: string): void;
  get(collection: string, name: string, namespace?: string): KubeObject | undefined;
  all(collection: string): KubeObject[];
  /** Cuts all watches: with an error as a broken connection, without as a server that ends them. */
  endWatches(error?: Error): void;
  /** Forgets history: watches from before get 410. */
  compact(): void;
  bookmark(): void;
  /** Sends an ERROR event to all watches and ends them. */
  errorWatches(error: ApiError): void;
  /** While set, every request fails with it; as a refusal, or as a broken connection. */
  failure: ApiError | Error | undefined;
}

/**
 * Empty, at revision 100, and without sockets: there is nothing to close. Collections are paths without a namespace,
 * `/api/v1/configmaps`; what is `put` is copied.
 */
export function createSmallApi(): SmallApi {
  const objects = new Map<string, KubeObject>();
  let history: Change[] = [];
  let revision = 100;
  let compactedAt = 0;
  let uid = 0;
  const watchers = new Set<Watcher>();
  const line = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

  const change = (path: string, type: Change['type'], object: KubeObject): KubeObject => {
    const made = structuredClone(object);
    made.metadata.resourceVersion = String(++revision);
    made.metadata.uid ??= `uid-${++uid}`;
    if (type === 'DELETED') objects.delete(path);
    else objects.set(path, made);
    const entry = { path, revision, type, object: made };
    history.push(entry);
    for (const watcher of watchers) {
      if (isIn(watcher.collection, path)) watcher.sink.write(line({ type, object: made }));
    }
    return made;
  };

  const pathOf = (collection: string, name: string, namespace?: string): string => {
    const slash = collection.lastIndexOf('/');
    return namespace
      ? `${collection.slice(0, slash)}/namespaces/${namespace}${collection.slice(slash)}/${name}`
      : `${collection}/${name}`;
  };

  const watch = (collection: string, query: URLSearchParams): InProcessResponse => {
    const from = Number(query.get('resourceVersion') ?? 0);
    if (from !== 0 && from < compactedAt) throw expired(`too old resource version: ${from} (${compactedAt})`);
    return {
      status: 200,
      headers: {},
      body: {
        kind: 'stream',
        write: (sink, signal) =>
          new Promise<void>((resolve, reject) => {
            for (const one of history) {
              if (one.revision > from && isIn(collection, one.path))
                sink.write(line({ type: one.type, object: one.object }));
            }
            const watcher: Watcher = {
              collection,
              sink,
              end: (error) => {
                watchers.delete(watcher);
                if (error) reject(error);
                else resolve();
              },
            };
            watchers.add(watcher);
            signal.addEventListener('abort', () => watcher.end(), { once: true });
          }),
      },
    };
  };

  const list = (collection: string, query: URLSearchParams): unknown => {
    const start = Number(query.get('continue') ?? 0);
    const limit = Number(query.get('limit') ?? Infinity);
    const all = [...objects].filter(([path]) => isIn(collection, path)).map(([, object]) => object);
    const items = all.slice(start, start + limit);
    const next = start + items.length < all.length ? String(start + items.length) : undefined;
    return { kind: 'List', metadata: { resourceVersion: String(revision), continue: next }, items };
  };

  const answer = async (request: Parameters<InProcessHandler>[0]): Promise<unknown> => {
    const { method, path, query } = request;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const subject = { group: '', plural: path.split('/').at(-2)! };
    const body = async (): Promise<KubeObject> => JSON.parse((await request.body(1 << 24)).toString()) as KubeObject;
    const found = objects.get(path);
    switch (method) {
      case 'GET':
        if (query.get('watch')) return watch(path, query);
        if (isCollection(path)) return list(path, query);
        if (!found) throw notFound(subject, name);
        return found;
      case 'POST': {
        const object = await body();
        const at = `${path}/${object.metadata.name}`;
        if (objects.has(at)) throw alreadyExists(subject, object.metadata.name!);
        return change(at, 'ADDED', object);
      }
      case 'PUT': {
        const object = await body();
        if (!found) throw notFound(subject, name);
        const { resourceVersion } = object.metadata;
        if (resourceVersion && resourceVersion !== found.metadata.resourceVersion) throw modified(subject, name);
        return change(path, 'MODIFIED', object);
      }
      case 'PATCH': {
        if (!found) throw notFound(subject, name);
        return change(path, 'MODIFIED', { ...found, ...(await body()), metadata: found.metadata });
      }
      case 'DELETE':
        if (!found) throw notFound(subject, name);
        return change(path, 'DELETED', found);
      default:
        throw new ApiError('MethodNotAllowed', method);
    }
  };

  const api: SmallApi = {
    requests: [],
    failure: undefined,
    get watchers() {
      return watchers.size;
    },
    handle: async (request) => {
      const search = request.query.toString();
      api.requests.push(`${request.method} ${request.path}${search ? `?${search}` : ''}`);
      const json = (status: number, value: unknown): InProcessResponse => ({
        status,
        headers: { 'content-type': 'application/json' },
        body: { kind: 'bytes', chunks: [Buffer.from(JSON.stringify(value))] },
      });
      try {
        if (api.failure) throw api.failure;
        const value = await answer(request);
        return isResponse(value) ? value : json(200, value);
      } catch (error) {
        if (error instanceof ApiError) return json(error.code, error.toStatus());
        throw error;
      }
    },
    put: (collection, object) => {
      const path = pathOf(collection, object.metadata.name!, object.metadata.namespace);
      return change(path, objects.has(path) ? 'MODIFIED' : 'ADDED', object);
    },
    remove: (collection, name, namespace) => {
      const path = pathOf(collection, name, namespace);
      change(path, 'DELETED', objects.get(path)!);
    },
    get: (collection, name, namespace) => objects.get(pathOf(collection, name, namespace)),
    all: (collection) => [...objects].filter(([path]) => isIn(collection, path)).map(([, object]) => object),
    endWatches: (error) => [...watchers].forEach((watcher) => watcher.end(error)),
    compact: () => {
      history = [];
      compactedAt = ++revision;
    },
    bookmark: () => {
      for (const { sink } of watchers) {
        sink.write(line({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(revision) } } }));
      }
    },
    errorWatches: (error) => {
      for (const watcher of [...watchers]) {
        watcher.sink.write(line({ type: 'ERROR', object: error.toStatus() }));
        watcher.end();
      }
    },
  };
  return api;
}

/** Objects are at `…/plural/name`; plurals here are those that end in s. */
function isCollection(path: string): boolean {
  const parts = path.split('/').slice(path.startsWith('/apis') ? 4 : 3);
  return parts.length === 1 || (parts[0] === 'namespaces' && parts.length === 3);
}

/** Is the object at `path` in the collection, of one namespace or of all? */
function isIn(collection: string, path: string): boolean {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return parent === collection || parent.replace(/\/namespaces\/[^/]+(?=\/)/, '') === collection;
}

function isResponse(value: unknown): value is InProcessResponse {
  return typeof value === 'object' && value !== null && 'headers' in value && 'body' in value;
}
