import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';
import {
  certificateExpiryMs,
  createSelfSignedCertificate,
  isPair,
  readKeyPair,
  writeKeyPair,
  type KeyPair,
} from './certificates.ts';
import type { Deps } from './deps.ts';
import { followFiles } from './follow-files.ts';
import type { TlsOffer } from './tls-flags.ts';
import { answerCheck, answerHealth, ping, type HealthCheck } from './health.ts';

export interface ServingOptions {
  readonly bindAddress: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Absent means plain HTTP. */
  readonly tls?: TlsOptions;
  /** Of /healthz, /livez and /readyz; `ping` is always among them. */
  readonly checks?: readonly HealthCheck[];
  /** Where /livez or /readyz differ from /healthz. */
  readonly liveChecks?: readonly HealthCheck[];
  readonly readyChecks?: readonly HealthCheck[];
  /** Off where /metrics is served elsewhere. */
  readonly metrics?: boolean;
  /** Mounted at the root, after health and metrics. */
  readonly routers?: readonly (Router | RequestHandler)[];
  /** Asked before everything but the health paths; without it everybody may. */
  readonly authorize?: Authorize;
  /** Asked before the health paths, too. */
  readonly authorizesHealth?: boolean;
  /** How long open requests may take to end once the signal aborts, in ms. */
  readonly drainMs?: number;
}

export interface TlsOptions {
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** Where a self-signed pair is made (and found again) when no files are given. */
  readonly certificateFolder?: string;
  /** Base name of the pair in the folder: the component's. */
  readonly pairName: string;
  /** PEM of the authorities whose client certificates are believed. */
  readonly clientCa?: string;
  /** Versions and cipher suites; TLS 1.2 and newer with Node's suites where nothing is said. */
  readonly offer?: TlsOffer;
}

/** May this request be answered? `status` and `message` are sent where it may not. */
export type Authorize = (
  request: IncomingMessage,
) => Promise<
  { readonly allowed: true } | { readonly allowed: false; readonly status: 401 | 403; readonly message: string }
>;

export interface RunningServer {
  readonly port: number;
  /** `https://127.0.0.1:10259` */
  readonly url: string;
  /** Resolves once the server has stopped and its connections are gone. */
  readonly closed: Promise<void>;
  /** Node's own server, for upgrades. */
  readonly server: http.Server | https.Server;
}

/**
 * Serves health, metrics and what else a component has, by HTTP/1.1 (express does not stand HTTP/2). Resolves once it
 * listens; rejects where it cannot, with address and port in the message. Stops when the signal aborts.
 */
export async function startServer(options: ServingOptions, deps: Deps, signal: AbortSignal): Promise<RunningServer> {
  signal.throwIfAborted();
  const app = buildApp(options, deps);
  const pair = options.tls && (await servingPair(options.tls, options.bindAddress, deps));
  const server = options.tls
    ? https.createServer(
        {
          ...pair,
          ...(options.tls.clientCa ? { ca: options.tls.clientCa, requestCert: true, rejectUnauthorized: false } : {}),
          minVersion: 'TLSv1.2',
          ...options.tls.offer,
        },
        app,
      )
    : http.createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`cannot listen on ${options.bindAddress}:${options.port}: ${error.message}`, { cause: error }));
    });
    server.listen(options.port, options.bindAddress, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const following = options.tls && pair && followPair(server as https.Server, options.tls, pair, deps, signal);
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      const force = deps.clock.after(options.drainMs ?? 2000, () => server.closeAllConnections());
      server.close(() => {
        force.cancel();
        resolve();
      });
      server.closeIdleConnections();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  const closed = Promise.all([stopped, following]).then(() => {});
  const host = ['0.0.0.0', '::'].includes(options.bindAddress) ? '127.0.0.1' : options.bindAddress;
  const url = `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { port, url, closed, server };
}

function buildApp(options: ServingOptions, deps: Deps): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const { authorize } = options;
  const authorizing: RequestHandler | undefined =
    authorize &&
    (async (request, response, next) => {
      const decision = await authorize(request);
      if (decision.allowed) next();
      else response.status(decision.status).type('text/plain').send(`${decision.message}\n`);
    });
  if (authorizing && options.authorizesHealth) app.use(authorizing);
  const checks = { healthz: options.checks, livez: options.liveChecks, readyz: options.readyChecks };
  for (const path of ['healthz', 'livez', 'readyz'] as const) {
    const all = [ping, ...(checks[path] ?? options.checks ?? [])];
    app.get([`/${path}`, ...all.map((check) => `/${path}/${check.name}`)], async (request, response) => {
      const url = new URL(request.url, 'http://localhost');
      const one = all.find((check) => url.pathname === `/${path}/${check.name}`);
      const report = await (one ? answerCheck(one) : answerHealth(path, all, url.searchParams));
      const { status, contentType, text, failures } = report;
      for (const { name, error } of failures) deps.log.warn('health check failed', { path, check: name, error });
      response.status(status).set({ 'Content-Type': contentType, 'X-Content-Type-Options': 'nosniff' }).send(text);
    });
  }
  if (authorizing && !options.authorizesHealth) app.use(authorizing);
  if (options.metrics !== false) {
    app.get('/metrics', async (_request, response) => {
      response.set('Content-Type', deps.metrics.contentType).send(await deps.metrics.metrics());
    });
  }
  for (const router of options.routers ?? []) app.use(router);
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('404 page not found\n');
  });
  app.use(((error: unknown, request, response, next) => {
    deps.log.error('request failed', { path: request.path, error });
    if (response.headersSent) next(error);
    else response.status(500).type('text/plain').send('Internal Server Error\n');
  }) satisfies express.ErrorRequestHandler);
  return app;
}

/** The files given; else the pair kept in the folder while it is good; else a new self-signed one. */
async function servingPair(
  options: TlsOptions,
  bindAddress: string,
  deps: Deps,
): Promise<{ cert: string; key: string }> {
  if (options.certificateFile || options.keyFile) {
    if (!options.certificateFile || !options.keyFile) {
      throw new Error('--tls-cert-file and --tls-private-key-file must be given together');
    }
    const [cert, key] = await Promise.all([
      readFile(options.certificateFile, 'utf8'),
      readFile(options.keyFile, 'utf8'),
    ]);
    return { cert, key };
  }
  const files = options.certificateFolder
    ? {
        certificateFile: join(options.certificateFolder, `${options.pairName}.crt`),
        keyFile: join(options.certificateFolder, `${options.pairName}.key`),
      }
    : undefined;
  const kept = files && (await readKeyPair(files));
  if (kept && isGood(kept, deps)) {
    return { cert: kept.certificate, key: kept.privateKey };
  }
  const isAny = bindAddress === '0.0.0.0' || bindAddress === '::';
  const pair = await createSelfSignedCertificate(
    {
      commonName: options.pairName,
      dnsNames: [...new Set(['localhost', hostname().toLowerCase()])],
      ipAddresses: [...new Set(['127.0.0.1', '::1', ...(isAny ? [] : [bindAddress])])],
    },
    deps,
  );
  if (files) {
    await writeKeyPair(files, pair);
    deps.log.info('made a self-signed serving certificate', { file: files.certificateFile });
  }
  return { cert: pair.certificate, key: pair.privateKey };
}

/** Renewed files are taken up by new connections, until the signal aborts. */
async function followPair(
  server: https.Server,
  options: TlsOptions,
  first: { readonly cert: string; readonly key: string },
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { certificateFile, keyFile } = options;
  if (!certificateFile || !keyFile) return;
  const take = ([cert = '', key = '']: readonly string[]): 'taken' | 'later' => {
    // Both are written one after the other.
    if (!isPair({ certificate: cert, privateKey: key })) return 'later';
    server.setSecureContext({
      cert,
      key,
      ...(options.clientCa ? { ca: options.clientCa } : {}),
      minVersion: 'TLSv1.2',
      ...options.offer,
    });
    return 'taken';
  };
  await followFiles({ files: [certificateFile, keyFile], texts: [first.cert, first.key], take }, deps, signal);
}

function isGood(pair: KeyPair, deps: Deps): boolean {
  try {
    return isPair(pair) && certificateExpiryMs(pair.certificate) > deps.clock.now();
  } catch {
    return false; // not readable: a crash of another program, or not ours
  }
}
