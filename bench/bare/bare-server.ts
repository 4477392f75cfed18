import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { createSelfSignedCertificate } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import { tlsOffer } from '../../component/tls-flags.ts';
import { podManifest } from '../manifests.ts';

export interface BareServer {
  readonly port: number;
  close(): Promise<void>;
}

/** As many bytes as an API server answers for one of the load's pods. */
const podBytes = 3200;
/** Lists go out in pieces of this size. */
const blockBytes = 256 * 1024;
const chunkPods = 500;

/**
 * As little as can answer the load of `bench`: Node's own TLS and HTTP/2, and bytes that are there before anybody asks.
 * It stores nothing, checks nothing and believes everybody. What it reaches is what no server on Node's HTTP/2 can
 * surpass on the machine it runs on.
 *
 * @param options.pods how many pods a list has
 * @param options.port 0: any free one, on 127.0.0.1
 */
export async function startBareServer(
  options: { readonly port: number; readonly pods: number },
  deps: Pick<Deps, 'clock' | 'random'>,
): Promise<BareServer> {
  const answers = prepareAnswers(options.pods);
  const watchers = new Set<ServerHttp2Stream>();
  let events: Buffer[] = [];
  /** What was written since the last turn of the event loop goes to each watcher at once. */
  const tellWatchers = (): void => {
    const told = events.length === 1 ? events[0]! : Buffer.concat(events);
    events = [];
    for (const watcher of watchers) watcher.write(told);
  };

  const read = (stream: ServerHttp2Stream, path: string): void => {
    if (path.includes('watch=1')) {
      watchers.add(stream.once('close', () => watchers.delete(stream)));
      respond(stream, 200);
    } else if (path.includes('labelSelector=')) send(stream, 200, answers.pod);
    else if (path.includes(`limit=${chunkPods}`)) sendBlocks(stream, answers.chunk);
    else if (path.includes('limit=1')) send(stream, 200, answers.emptyList);
    else if (/\/pods(?:\?|$)/.test(path)) sendBlocks(stream, answers.list);
    else if (path.includes('/pods/')) send(stream, 200, answers.pod);
    else if (path === '/version') send(stream, 200, answers.version);
    else send(stream, 404, answers.notFound);
  };

  const write = (stream: ServerHttp2Stream, method: string, type: string | undefined, body: Buffer): void => {
    send(stream, method === 'POST' ? 201 : 200, answers.pod);
    if (type !== 'application/merge-patch+json' || watchers.size === 0) return;
    if (events.push(eventOf(body)) === 1) setImmediate(tellWatchers);
  };

  const h2 = http2.createServer({
    settings: { maxConcurrentStreams: 100, initialWindowSize: blockBytes, maxFrameSize: blockBytes },
  });
  h2.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const { ':method': method = 'GET', ':path': path = '/', 'content-type': type } = headers;
    stream.on('error', () => {});
    if (method === 'GET') {
      stream.resume();
      read(stream, path);
      return;
    }
    const body: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.on('end', () => write(stream, method, type, body.length === 1 ? body[0]! : Buffer.concat(body)));
  });

  const pair = await createSelfSignedCertificate({ commonName: 'bare', ipAddresses: ['127.0.0.1'] }, deps);
  const offer = tlsOffer({ tlsCipherSuites: [], tlsMinVersion: '' });
  const sockets = new Set<TLSSocket>();
  const server = tls.createServer(
    { cert: pair.certificate, key: pair.privateKey, ...offer, ALPNProtocols: ['h2'] },
    (socket) => {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      h2.emit('connection', socket);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Headers as an API server sends them. */
const headers = {
  'content-type': 'application/json',
  'cache-control': 'no-cache, private',
  'audit-id': '00000000-0000-0000-0000-000000000000',
  'x-kubernetes-pf-flowschema-uid': '00000000-0000-0000-0000-000000000000',
  'x-kubernetes-pf-prioritylevel-uid': '00000000-0000-0000-0000-000000000000',
};

function respond(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': status, ...headers });
}

function send(stream: ServerHttp2Stream, status: number, body: Buffer): void {
  respond(stream, status);
  stream.end(body);
}

function sendBlocks(stream: ServerHttp2Stream, blocks: readonly Buffer[]): void {
  respond(stream, 200);
  let next = 0;
  const goOn = (): void => {
    while (next < blocks.length) if (!stream.write(blocks[next++])) return;
    stream.off('drain', goOn).end();
  };
  stream.on('drain', goOn);
  goOn();
}

interface Answers {
  readonly pod: Buffer;
  readonly list: readonly Buffer[];
  readonly chunk: readonly Buffer[];
  readonly emptyList: Buffer;
  readonly version: Buffer;
  readonly notFound: Buffer;
}

function prepareAnswers(pods: number): Answers {
  const pod = Buffer.from(podText());
  return {
    pod,
    list: blocksOf(listOf(pod, pods)),
    chunk: blocksOf(listOf(pod, Math.min(pods, chunkPods))),
    emptyList: listOf(pod, 0),
    version: Buffer.from('{"gitVersion":"bare"}'),
    notFound: Buffer.from('{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}'),
  };
}

/** One of the load's pods, filled up to the size that it has once defaults and managers of fields are in it. */
function podText(annotations: Readonly<Record<string, string>> = {}): string {
  const pod = JSON.parse(podManifest(0)) as { metadata: { annotations: Record<string, string> } };
  Object.assign(pod.metadata.annotations, { filler: '' }, annotations);
  pod.metadata.annotations['filler'] = 'x'.repeat(Math.max(0, podBytes - JSON.stringify(pod).length));
  return JSON.stringify(pod);
}

function listOf(pod: Buffer, count: number): Buffer {
  const items = Array.from({ length: count }, () => pod.toString()).join(',');
  return Buffer.from(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[${items}]}`);
}

function blocksOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / blockBytes);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * blockBytes, (i + 1) * blockBytes));
}

/** What a watcher is told of a merge patch: a pod with the annotations that came. */
function eventOf(patch: Buffer): Buffer {
  const { metadata } = JSON.parse(patch.toString()) as { metadata?: { annotations?: Record<string, string> } };
  return Buffer.from(`{"type":"MODIFIED","object":${podText(metadata?.annotations)}}\n`);
}
