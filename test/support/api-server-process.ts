import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../client/client.ts';
import { bearer, fixedCredential } from '../../client/credentials.ts';
import { createHttpsTransport } from '../../client/https-transport.ts';
import { createClient } from '../../client/rest-client.ts';
import { adminToken, testDeps } from './api-server.ts';
import { freePorts } from './etcd.ts';
import { eventually } from './eventually.ts';

/** A kube-apiserver as a process of its own, as an operator starts it. */
export interface ApiServerProcess {
  readonly url: string;
  readonly pid: number;
  /** The certificate to trust, PEM. */
  readonly certificateAuthority: string;
  /** As admin, over HTTPS. */
  readonly client: Client;
  /** Ends it at once, as a lost machine would. */
  kill(): Promise<void>;
  /** Asks it to stop, and waits. Safe after `kill`. */
  stop(): Promise<void>;
}

const launcher = fileURLToPath(new URL('../../bin/k8ts.mjs', import.meta.url));
/** So that the launcher chooses V8's settings, and the server takes its place in the same process. */
const launcherEnv = { ...process.env, MALLOC_ARENA_MAX: undefined, NODE_OPTIONS: undefined };

/** Starts the process on an etcd and waits until it is ready; it dies with this process. The caller stops it. */
export async function startApiServerProcess(options: {
  readonly etcd: string;
  readonly advertiseAddress: string;
  readonly flags?: readonly string[];
}): Promise<ApiServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-apiserver-'));
  const [port] = await freePorts(1);
  const tokens = join(folder, 'tokens.csv');
  const key = join(folder, 'sa.key');
  await writeFile(tokens, `${adminToken},admin,admin-uid,"system:masters"\n`);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const flags = [
    `--etcd-servers=${options.etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--advertise-address=${options.advertiseAddress}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-signing-key-file=${key}`,
    `--service-account-key-file=${key}`,
    ...(options.flags ?? []),
  ];
  const child = spawn(process.execPath, [launcher, 'kube-apiserver', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: launcherEnv,
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-8000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const exited = once(child, 'exit').then(() => {
    process.off('exit', killAtExit);
  });
  const url = `https://127.0.0.1:${port}`;
  const transports: { close(): void }[] = [];
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    for (const transport of transports) transport.close();
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { client, certificateAuthority } = await eventually(
      'the API server is ready',
      async () => {
        if (child.exitCode !== null) return undefined;
        const certificateAuthority = await readFile(join(folder, 'apiserver.crt'), 'utf8');
        const credentials = fixedCredential(bearer(adminToken));
        const transport = createHttpsTransport({ server: url, certificateAuthority, credentials, deps: testDeps() });
        const client = createClient({ transport });
        const { status } = await client.raw({ method: 'GET', path: '/readyz' }).catch((error: unknown) => {
          transport.close();
          throw error;
        });
        if (status === 200) transports.push(transport);
        else transport.close();
        return status === 200 && { client, certificateAuthority };
      },
      { everyMs: 50 },
    );
    return {
      url,
      pid: child.pid!,
      certificateAuthority,
      client,
      kill: () => end('SIGKILL'),
      stop: () => end('SIGTERM'),
    };
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`the API server did not start:\n${output}`, { cause: error });
  }
}
