import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Deps } from '../component/deps.ts';
import { parseYaml } from '../component/yaml.ts';
import {
  anonymous,
  bearer,
  rereadCredential,
  tokenFileCredential,
  type Credential,
  type CredentialSource,
} from './credentials.ts';
import { execCredential, type ExecPlugin } from './exec-credential.ts';

/** A kubeconfig file, or several merged. Paths in it are absolute. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
  readonly currentContext: string;
}

export interface KubeconfigCluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
}

export interface KubeconfigUser {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>;
  readonly exec?: ExecPlugin;
}

export interface KubeconfigContext {
  readonly cluster: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** Where an API server is and who we are to it: what a transport is made from. */
export interface Connection {
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly credentials: CredentialSource;
  /** Where commands act unless they say otherwise. */
  readonly namespace: string;
}

export interface KubeconfigSource {
  /** A file that must exist; it alone counts. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The files to read, as kubectl chooses them: the one given, else those of `KUBECONFIG`, else `~/.kube/config`; of the
 * last two what is missing is left out. The first file that names an entry wins.
 */
export async function loadKubeconfig(source: KubeconfigSource = {}): Promise<Kubeconfig> {
  const env = source.env ?? process.env;
  const fromEnv = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const paths = source.path
    ? [source.path]
    : fromEnv.length > 0
      ? fromEnv
      : [join(env.HOME ?? homedir(), '.kube', 'config')];
  const clusters = new Map<string, KubeconfigCluster>();
  const users = new Map<string, KubeconfigUser>();
  const contexts = new Map<string, KubeconfigContext>();
  let currentContext = '';
  for (const path of new Set(paths)) {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (!source.path && (error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw new Error(`cannot read kubeconfig ${path}: ${(error as Error).message}`, { cause: error });
    }
    const one = parseKubeconfig(text, path);
    for (const [from, to] of [
      [one.clusters, clusters],
      [one.users, users],
      [one.contexts, contexts],
    ] as [ReadonlyMap<string, unknown>, Map<string, unknown>][]) {
      for (const [name, value] of from) if (!to.has(name)) to.set(name, value);
    }
    currentContext ||= one.currentContext;
  }
  return { clusters, users, contexts, currentContext };
}

/** Reads one file's text. Relative paths in it start at the file's folder. Throws where it is no kubeconfig. */
export function parseKubeconfig(text: string, path: string): Kubeconfig {
  let file: Record<string, unknown>;
  try {
    file = (parseYaml(text) ?? {}) as Record<string, unknown>;
    if (typeof file !== 'object' || Array.isArray(file)) throw new Error('it is not a mapping');
  } catch (error) {
    throw new Error(`cannot read kubeconfig ${path}: ${(error as Error).message}`, { cause: error });
  }
  const entries = <T>(list: string, field: string, paths: readonly string[]): Map<string, T> => {
    const found = new Map<string, T>();
    for (const entry of (file[list] ?? []) as Record<string, unknown>[]) {
      const name = entry?.name;
      if (typeof name !== 'string') throw new Error(`cannot read kubeconfig ${path}: an entry of ${list} has no name`);
      const value = { ...(entry[field] as Record<string, unknown> | null) };
      for (const key of paths) {
        if (typeof value[key] === 'string' && value[key] !== '') value[key] = resolve(dirname(path), value[key]);
      }
      if (!found.has(name)) found.set(name, value as T);
    }
    return found;
  };
  const users = entries<KubeconfigUser>('users', 'user', ['client-certificate', 'client-key', 'tokenFile']);
  for (const [name, user] of users) {
    // A command with a slash is a path beside the file; a bare one is looked up in PATH.
    if (user.exec?.command?.includes('/')) {
      users.set(name, { ...user, exec: { ...user.exec, command: resolve(dirname(path), user.exec.command) } });
    }
  }
  return {
    clusters: entries('clusters', 'cluster', ['certificate-authority']),
    users,
    contexts: entries('contexts', 'context', []),
    currentContext: typeof file['current-context'] === 'string' ? file['current-context'] : '',
  };
}

export interface ConnectionChoice {
  /** In place of the current one. */
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  /** Address in place of the cluster's. */
  readonly server?: string;
}

/** What one context of a kubeconfig says, its certificate files read. Throws one clear line where it does not hold up. */
export async function connectionOf(
  kubeconfig: Kubeconfig,
  choice: ConnectionChoice,
  deps: Pick<Deps, 'clock'>,
): Promise<Connection> {
  const contextName = choice.context ?? kubeconfig.currentContext;
  const context = kubeconfig.contexts.get(contextName);
  if (!context && contextName) throw new Error(`context "${contextName}" does not exist`);
  const clusterName = choice.cluster ?? context?.cluster;
  const cluster = clusterName === undefined ? undefined : kubeconfig.clusters.get(clusterName);
  if (!cluster && clusterName) throw new Error(`cluster "${clusterName}" does not exist`);
  const userName = choice.user ?? context?.user;
  const user = userName ? kubeconfig.users.get(userName) : undefined;
  if (!user && userName) throw new Error(`user "${userName}" does not exist`);
  const server = choice.server ?? cluster?.server;
  if (!server) throw new Error('no server is configured: the kubeconfig has no current context');
  if (cluster?.['proxy-url']) throw new Error(`cluster "${clusterName}": proxy-url is not supported`);
  const authority = await dataOrFile(cluster?.['certificate-authority-data'], cluster?.['certificate-authority']);
  return {
    server: normaliseServer(server),
    certificateAuthority: authority,
    insecureSkipTlsVerify: cluster?.['insecure-skip-tls-verify'],
    tlsServerName: cluster?.['tls-server-name'],
    credentials: credentialsOf(user ?? {}, { ...cluster, server }, deps),
    namespace: choice.namespace ?? context?.namespace ?? 'default',
  };
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The connection of a process in a pod, from what is mounted there; undefined outside of pods. */
export async function inClusterConnection(
  deps: Pick<Deps, 'clock'>,
  from: { readonly env?: Readonly<Record<string, string | undefined>>; readonly folder?: string } = {},
): Promise<Connection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = from.env ?? process.env;
  const folder = from.folder ?? serviceAccountFolder;
  if (!host || !port) return undefined;
  const [authority, namespace] = await Promise.all([
    readIfThere(join(folder, 'ca.crt')),
    readIfThere(join(folder, 'namespace')),
  ]);
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    certificateAuthority: authority,
    credentials: tokenFileCredential(join(folder, 'token'), deps),
    namespace: namespace?.trim() || 'default',
  };
}

/** `host:port` means http, as for kubectl. */
function normaliseServer(server: string): string {
  const url = /^https?:\/\//i.test(server) ? server : `http://${server}`;
  if (!URL.canParse(url)) throw new Error(`not the address of a server: ${server}`);
  return url;
}

function credentialsOf(
  user: KubeconfigUser,
  cluster: Readonly<Record<string, unknown>>,
  deps: Pick<Deps, 'clock'>,
): CredentialSource {
  const impersonation = impersonationHeaders(user);
  const source = ownCredentials(user, cluster, deps);
  if (Object.keys(impersonation).length === 0) return source;
  const add = (credential: Credential): Credential => ({
    ...credential,
    headers: { ...credential.headers, ...impersonation },
  });
  return {
    get: () => {
      const credential = source.get();
      return credential instanceof Promise ? credential.then(add) : add(credential);
    },
    rejected: () => source.rejected?.(),
  };
}

function ownCredentials(
  user: KubeconfigUser,
  cluster: Readonly<Record<string, unknown>>,
  deps: Pick<Deps, 'clock'>,
): CredentialSource {
  if (user.exec) return execCredential(user.exec, cluster, deps);
  const read = async (): Promise<Credential> => ({
    certificate: await dataOrFile(user['client-certificate-data'], user['client-certificate']),
    key: await dataOrFile(user['client-key-data'], user['client-key']),
    // a token file takes precedence over a token
    ...(user.tokenFile
      ? bearer((await readFile(user.tokenFile, 'utf8')).trim())
      : user.token
        ? bearer(user.token)
        : user.username
          ? {
              headers: {
                authorization: `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`,
              },
            }
          : {}),
  });
  const hasFiles = [user.tokenFile, user['client-certificate'], user['client-key']].some(Boolean);
  if (hasFiles) return rereadCredential(read, deps);
  const hasAny = user.token || user.username || user['client-certificate-data'];
  if (!hasAny) return anonymous;
  let once: Promise<Credential> | undefined;
  let credential: Credential | undefined;
  return {
    get: () => credential ?? (once ??= read().then((value) => (credential = value))),
  };
}

function impersonationHeaders(user: KubeconfigUser): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (user.as) headers['impersonate-user'] = user.as;
  if (user['as-uid']) headers['impersonate-uid'] = user['as-uid'];
  if (user['as-groups']?.length) headers['impersonate-group'] = [...user['as-groups']];
  for (const [name, values] of Object.entries(user['as-user-extra'] ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(name).toLowerCase()}`] = [...values];
  }
  return headers;
}

async function dataOrFile(data: string | undefined, path: string | undefined): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return path ? readFile(path, 'utf8') : undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
