/** What proves who a client is. */
export interface Credential {
  /** Value of the `Authorization` header. */
  readonly authorization?: string;
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

export function fixedCredential(credential: Credential): CredentialSource {
  return { get: () => credential };
}
