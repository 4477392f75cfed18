import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

/** A real etcd of one member, on loopback, with data of its own. */
export interface Etcd {
  /** `http://127.0.0.1:PORT`, the same across restarts. */
  readonly endpoint: string;
  readonly port: number;
  /** Where its log and its database lie. */
  readonly dataDir: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Kills it hard; the data stays. */
  kill(): Promise<void>;
  /** Starts it again on its data; kills it first where it runs. `emptyData` forgets all, as a lost disk would. */
  restart(options?: { readonly emptyData?: boolean }): Promise<void>;
  /** Stops it and removes its data. Safe to call twice. */
  stop(): Promise<void>;
}

/** PEM of a server that lets only clients in that the authority has signed. */
export interface EtcdTls {
  readonly authority: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** Starts etcd from the PATH and waits until it answers. Whoever starts it stops it; it dies with this process. */
export async function startEtcd(options: { readonly tls?: EtcdTls } = {}): Promise<Etcd> {
  const dir = await mkdtemp(join(tmpdir(), 'k8ts-etcd-'));
  const ports = await freePorts(3);
  const etcd = new EtcdProcess(dir, ports, options.tls);
  await etcd.restart();
  return etcd;
}

class EtcdProcess implements Etcd {
  readonly endpoint: string;
  readonly port: number;
  readonly dataDir: string;
  readonly #dir: string;
  readonly #peerUrl: string;
  readonly #healthUrl: string;
  readonly #tls: EtcdTls | undefined;
  #process: ChildProcess | undefined;
  #output = '';
  readonly #killAtExit = (): void => {
    this.#process?.kill('SIGKILL');
  };

  constructor(dir: string, [port, peerPort, healthPort]: readonly number[], tls: EtcdTls | undefined) {
    this.#dir = dir;
    this.dataDir = join(dir, 'data');
    this.port = port!;
    this.endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
    this.#peerUrl = `http://127.0.0.1:${peerPort}`;
    this.#healthUrl = `http://127.0.0.1:${healthPort}`;
    this.#tls = tls;
    process.once('exit', this.#killAtExit);
  }

  get pid(): number {
    if (this.#process?.pid === undefined) throw new Error('etcd does not run');
    return this.#process.pid;
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  }

  async restart({ emptyData = false }: { readonly emptyData?: boolean } = {}): Promise<void> {
    await this.kill();
    if (emptyData) await rm(this.dataDir, { recursive: true, force: true });
    for (const [name, pem] of Object.entries(this.#tls ?? {})) await writeFile(join(this.#dir, name), String(pem));
    this.#output = '';
    const started = spawn('etcd', this.#arguments(), { stdio: ['ignore', 'pipe', 'pipe'] });
    const failed = once(started, 'error').then(([error]) => Promise.reject(error as Error));
    const exited = once(started, 'exit').then(() => Promise.reject(new Error(`etcd ended:\n${this.#output}`)));
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-4000);
    };
    started.stdout.on('data', keep);
    started.stderr.on('data', keep);
    this.#process = started;
    const healthy = eventually('etcd is healthy', async () => (await fetch(`${this.#healthUrl}/health`)).ok, {
      everyMs: 20,
    });
    await Promise.race([healthy, failed, exited]);
    // The losers of the race are settled by the end of the process, which is not a failure by then.
    failed.catch(() => {});
    exited.catch(() => {});
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.#killAtExit);
    await rm(this.#dir, { recursive: true, force: true });
  }

  #arguments(): string[] {
    return [
      ['--name', 'test'],
      ['--data-dir', this.dataDir],
      ['--listen-client-urls', this.endpoint],
      ['--advertise-client-urls', this.endpoint],
      ['--listen-metrics-urls', this.#healthUrl],
      ['--listen-peer-urls', this.#peerUrl],
      ['--initial-advertise-peer-urls', this.#peerUrl],
      ['--initial-cluster', `test=${this.#peerUrl}`],
      // Shorter than the default of a second: a lone member is leader sooner, and leases may be shorter.
      ['--heartbeat-interval', '20'],
      ['--election-timeout', '200'],
      ...(this.#tls
        ? [
            ['--cert-file', join(this.#dir, 'certificate'), '--key-file', join(this.#dir, 'privateKey')],
            ['--client-cert-auth', '--trusted-ca-file', join(this.#dir, 'authority')],
          ]
        : []),
      ...(knowsNoFsync() ? [['--unsafe-no-fsync']] : []),
    ].flat();
  }
}

function knowsNoFsync(): boolean {
  try {
    return execFileSync('etcd', ['--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).includes(
      '--unsafe-no-fsync',
    );
  } catch {
    return false;
  }
}

/** Ports of the loopback that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
