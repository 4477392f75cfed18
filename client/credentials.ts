import { readFile } from 'node:fs/promises';
import type { Deps } from '../component/deps.ts';

/** What proves who a client is. */
export interface Credential {
  /** Put on every request: `authorization`, `impersonate-user`… Names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** PEM of a client certificate (chain) and its key. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Asked before every request, so implementations answer from memory and look for something newer now and then. */
export interface CredentialSource {
  get(): Promise<Credential> | Credential;
  /** The server answered 401: what was given last is no longer good. */
  rejected?(): void;
}

export const anonymous: CredentialSource = { get: () => ({}) };

/** Always the same. */
export function fixedCredential(credential: Credential): CredentialSource {
  return { get: () => credential };
}

/** Shows the token on every request. */
export function bearer(token: string): Credential {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** Files are looked at again after this long: kubelets and service accounts get new ones while they run. */
const rereadMs = 60_000;

/**
 * What `read` answers, read again once a minute and after a 401. While a later reading fails the last good one stays;
 * the first must succeed.
 */
export function rereadCredential(read: () => Promise<Credential>, deps: Pick<Deps, 'clock'>): CredentialSource {
  let last: Credential | undefined;
  let staleAtMs = -Infinity;
  let reading: Promise<Credential> | undefined;
  const reread = async (): Promise<Credential> => {
    try {
      last = await read();
    } catch (error) {
      if (!last) throw error;
    } finally {
      reading = undefined;
    }
    staleAtMs = deps.clock.monotonicMs() + rereadMs;
    return last;
  };
  return {
    get: () => (last && deps.clock.monotonicMs() < staleAtMs ? last : (reading ??= reread())),
    rejected: () => {
      staleAtMs = -Infinity;
    },
  };
}

/** A token that lives in a file, as mounted into pods. */
export function tokenFileCredential(path: string, deps: Pick<Deps, 'clock'>): CredentialSource {
  return rereadCredential(async () => bearer((await readFile(path, 'utf8')).trim()), deps);
}
