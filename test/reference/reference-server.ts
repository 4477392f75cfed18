import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, startEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** An API server and its etcd, both of their own and empty, set up as the server that was recorded. */
export interface ReferenceServer {
  readonly url: string;
  readonly token: string;
  /** The end of what the server logged. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/** Starts both and waits until the server is ready. Whoever starts it stops it. */
export async function startReferenceServer(): Promise<ReferenceServer> {
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-reference-'));
  const token = 'admintoken';
  const key = join(folder, 'sa.key');
  const tokens = join(folder, 'tokens.csv');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(tokens, `${token},admin,admin,system:masters\n`);
  const etcd = await startEtcd();
  const [port] = await freePorts(1);
  const url = `https://127.0.0.1:${port}`;
  const issuer = 'https://kubernetes.default.svc.cluster.local';
  const server = spawn(
    process.execPath,
    [
      join(root, 'apiserver/main.ts'),
      ...[`--etcd-servers=${etcd.endpoint}`, `--secure-port=${port}`, `--cert-dir=${join(folder, 'certificates')}`],
      ...[`--token-auth-file=${tokens}`, '--authorization-mode=Node,RBAC', '--allow-privileged=true'],
      ...['--service-cluster-ip-range=10.96.0.0/16', `--service-account-issuer=${issuer}`],
      ...[`--service-account-signing-key-file=${key}`, `--service-account-key-file=${key}`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
  };
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  const exited = once(server, 'exit');
  const killAtExit = (): void => {
    server.kill('SIGKILL');
  };
  process.once('exit', killAtExit);
  const stop = async (): Promise<void> => {
    process.off('exit', killAtExit);
    server.kill('SIGTERM');
    await exited;
    await etcd.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([
      eventually('the API server is ready', () => isReady(url, token)),
      exited.then(() => Promise.reject(new Error(`the API server ended:\n${output}`))),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, token, output: () => output, stop };
}

function isReady(url: string, token: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Its certificate is one it made for itself a moment ago, on this host.
    request(
      `${url}/readyz`,
      { rejectUnauthorized: false, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    )
      .on('error', reject)
      .end();
  });
}
