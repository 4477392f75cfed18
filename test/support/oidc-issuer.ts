import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import type { HttpsPeer } from './https-peer.ts';
import { startPeer } from './https-peer.ts';

export interface OidcIssuer {
  readonly url: string;
  /** PEM to believe. */
  readonly certificateAuthority: string;
  /** Other documents by their path, for who shows this bearer token. */
  readonly documents: Map<string, { readonly text: string; readonly accessToken?: string }>;
  /** What was asked for, in order: `discovery` or `keys`, or `refused` while it is down. */
  readonly asked: string[];
  /** A token of the claims, signed with the newest key. `iss` is the issuer and `exp` far away unless they say otherwise. */
  sign(
    claims: Readonly<Record<string, unknown>>,
    header?: { readonly kid?: string; readonly alg?: string },
  ): Promise<string>;
  /** Signs with a new key from now on; the old one is gone. */
  rotate(algorithm?: string): Promise<void>;
  /** Answers 503 from now on, or no longer. */
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}

/** Seconds since the epoch that no test lives to see. */
export const farAway = 4_000_000_000;

/** An issuer that speaks OpenID Connect over TLS. `claims` are put into its discovery document in place of its own. */
export async function startOidcIssuer(
  options: { readonly discoveryPath?: string; readonly document?: Readonly<Record<string, unknown>> } = {},
): Promise<OidcIssuer> {
  const { discoveryPath = '/.well-known/openid-configuration' } = options;
  const asked: string[] = [];
  const documents: OidcIssuer['documents'] = new Map();
  let isDown = false;
  let count = 0;
  let key: { readonly id: string; readonly algorithm: string; readonly privateKey: CryptoKey; readonly jwk: JWK };
  const rotate = async (algorithm = 'RS256'): Promise<void> => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const id = `key-${++count}`;
    key = { id, algorithm, privateKey, jwk: { ...(await exportJWK(publicKey)), kid: id, use: 'sig', alg: algorithm } };
  };
  await rotate();
  const peer: HttpsPeer = await startPeer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (isDown) {
      asked.push('refused');
      return send(503, {});
    }
    if (request.url === discoveryPath) {
      asked.push('discovery');
      return send(200, { issuer: peer.url, jwks_uri: `${peer.url}/keys`, ...options.document });
    }
    const document = documents.get(request.url ?? '');
    if (document) {
      const { text, accessToken } = document;
      const isAllowed = accessToken === undefined || request.headers.authorization === `Bearer ${accessToken}`;
      response.writeHead(isAllowed ? 200 : 403, { 'content-type': 'application/jwt' });
      response.end(isAllowed ? text : '');
      return;
    }
    if (request.url !== '/keys') return send(404, {});
    asked.push('keys');
    // Keys of other uses and kinds stand beside it, as issuers have them.
    send(200, {
      keys: [{ ...key.jwk, kid: 'encrypts', use: 'enc' }, { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' }, key.jwk],
    });
  });
  return {
    url: peer.url,
    certificateAuthority: peer.authority.certificate,
    documents,
    asked,
    sign: (claims, { kid = key.id, alg = key.algorithm } = {}) =>
      new SignJWT({ iss: peer.url, exp: farAway, ...claims })
        .setProtectedHeader({ alg, ...(kid ? { kid } : {}) })
        .sign(key.privateKey),
    rotate,
    setDown: (down) => {
      isDown = down;
    },
    close: () => peer.close(),
  };
}
