import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Deps } from '../component/deps.ts';
import { bearer, type Credential, type CredentialSource } from './credentials.ts';

/** `users[].user.exec` of a kubeconfig. */
export interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly interactiveMode?: string;
  readonly provideClusterInfo?: boolean;
}

interface ExecCredential {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

/**
 * Credentials that another program gives (client.authentication.k8s.io/v1). It runs at the first request, when what it
 * gave has expired, and after a 401; calls at that moment share one run.
 */
export function execCredential(
  plugin: ExecPlugin,
  cluster: Readonly<Record<string, unknown>>,
  deps: Pick<Deps, 'clock'>,
): CredentialSource {
  let last: { readonly credential: Credential; readonly expiresAtMs: number } | undefined;
  let running: Promise<Credential> | undefined;
  const refresh = async (): Promise<Credential> => {
    try {
      last = await runPlugin(plugin, cluster);
      return last.credential;
    } finally {
      running = undefined;
    }
  };
  return {
    get: () => (last && deps.clock.now() < last.expiresAtMs ? last.credential : (running ??= refresh())),
    rejected: () => {
      last = undefined;
    },
  };
}

async function runPlugin(
  plugin: ExecPlugin,
  cluster: Readonly<Record<string, unknown>>,
): Promise<{ credential: Credential; expiresAtMs: number }> {
  const apiVersion = plugin.apiVersion ?? 'client.authentication.k8s.io/v1';
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion)) {
    throw new Error(`exec plugin ${plugin.command}: unknown apiVersion ${apiVersion}`);
  }
  if (plugin.interactiveMode === 'Always') {
    throw new Error(`exec plugin ${plugin.command}: wants to ask questions, and there is nobody to ask`);
  }
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { ...(plugin.provideClusterInfo ? { cluster } : {}), interactive: false },
  };
  const env = {
    ...process.env,
    ...Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  };
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)(plugin.command, plugin.args ?? [], { env, maxBuffer: 1 << 20 }));
  } catch (cause) {
    const hint =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' && plugin.installHint ? `; ${plugin.installHint}` : '';
    throw new Error(`exec plugin ${plugin.command}: ${reasonOf(cause)}${hint}`, { cause });
  }
  let answer: ExecCredential;
  try {
    answer = JSON.parse(stdout) as ExecCredential;
  } catch (cause) {
    throw new Error(`exec plugin ${plugin.command}: the answer is not JSON`, { cause });
  }
  if (answer.kind !== 'ExecCredential' || answer.apiVersion !== apiVersion) {
    throw new Error(
      `exec plugin ${plugin.command}: answered ${answer.apiVersion} ${answer.kind}, not ${apiVersion} ExecCredential`,
    );
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = answer.status ?? {};
  if (!token && !clientCertificateData)
    throw new Error(`exec plugin ${plugin.command}: gave neither token nor certificate`);
  return {
    credential: {
      ...(token ? bearer(token) : {}),
      ...(clientCertificateData ? { certificate: clientCertificateData, key: clientKeyData } : {}),
    },
    expiresAtMs: expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity,
  };
}

/** What the program said, rather than that it failed. */
function reasonOf(cause: unknown): string {
  const stderr = (cause as { stderr?: string }).stderr?.trim();
  return stderr ? stderr.split('\n').at(-1)! : cause instanceof Error ? cause.message : String(cause);
}
