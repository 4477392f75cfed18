import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

type Stored = {
  kind: string;
  metadata: { name: string; resourceVersion: string; annotations?: Record<string, string> };
};

/** As little of an API server as the scenarios need, for their tests: it stores and watches, and knows no rules. */
export class FakeServer {
  /** By path: `/api/v1/namespaces/n/pods/p`. */
  readonly objects = new Map<string, Stored>();
  readonly requests: string[] = [];
  /** Answers that come in place of the real ones. */
  refuse: ((method: string, path: string) => number | undefined) | undefined;
  /** Without a controller a namespace that is deleted stays until somebody finalizes it. */
  hasNamespaceController = true;
  #revision = 0;
  readonly #watchers = new Set<{ readonly path: string; readonly response: ServerResponse }>();

  readonly handle = (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    // What HTTP/2 offers for compatibility has the same shape.
    const [req, res] = [request as IncomingMessage, response as ServerResponse];
    request.on('end', () => this.#answer(req, res, Buffer.concat(chunks).toString()));
  };

  #answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    const url = new URL(request.url!, 'http://fake');
    const method = request.method!;
    this.requests.push(`${method} ${request.url}`);
    const refused = this.refuse?.(method, url.pathname);
    if (refused) return reply(response, refused, { kind: 'Status', message: 'refused' });
    if (url.pathname === '/version') return reply(response, 200, { gitVersion: 'v1.36.0-fake' });
    if (url.searchParams.has('watch')) return this.#watch(url.pathname, response);
    const path = url.pathname.replace(/\/status$/, '');
    const body = text ? (JSON.parse(text) as Stored) : undefined;
    switch (method) {
      case 'POST':
        return reply(response, 201, this.#store(`${path}/${body!.metadata.name}`, body!));
      case 'PATCH': {
        const old = this.objects.get(path);
        const merged = { ...old, ...body, metadata: { ...old?.metadata, ...body!.metadata } } as Stored;
        return reply(response, old ? 200 : 201, this.#store(path, merged));
      }
      case 'PUT':
        this.objects.delete(path.replace(/\/finalize$/, ''));
        return reply(response, 200, body!);
      case 'DELETE':
        if (/^\/api\/v1\/namespaces\/[^/]+$/.test(path) && !this.hasNamespaceController) {
          return reply(response, 200, this.objects.get(path)!);
        }
        for (const key of this.objects.keys()) if (key === path || key.startsWith(`${path}/`)) this.objects.delete(key);
        return reply(response, 200, { kind: 'Status' });
      default: {
        const object = this.objects.get(path);
        if (object) return reply(response, 200, object);
        if (!/s$/.test(path)) return reply(response, 404, { kind: 'Status' });
        const items = [...this.objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, item]) => item);
        const isList = /\/(pods|configmaps)$/.test(path);
        if (!isList) return reply(response, 404, { kind: 'Status' });
        return reply(response, 200, { kind: 'List', metadata: { resourceVersion: String(this.#revision) }, items });
      }
    }
  }

  #store(path: string, object: Stored): Stored {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } };
    this.objects.set(path, stored);
    for (const watcher of this.#watchers) {
      if (path.startsWith(`${watcher.path}/`)) write(watcher.response, `${JSON.stringify({ type: 'MODIFIED', object: stored })}\n`); // prettier-ignore
    }
    return stored;
  }

  #watch(path: string, response: ServerResponse): void {
    const watcher = { path, response };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
    response.writeHead(200, { 'content-type': 'application/json' });
    // Something must be written for the head to go out; an empty line is no event.
    write(response, '\n');
  }
}

/** Cuts the text in two, so that readers meet lines in pieces. */
function write(response: ServerResponse, text: string): void {
  const middle = Math.floor(text.length / 2);
  response.write(text.slice(0, middle));
  response.write(text.slice(middle));
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
