import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  createCertificateAuthority,
  createSelfSignedCertificate,
  issueCertificate,
  type IssueOptions,
  type KeyPair,
} from '../../../component/certificates.ts';
import { systemClock } from '../../../component/clock.ts';
import { systemRandom } from '../../../component/random.ts';

/** How somebody shows who they are. */
export interface Identity {
  /** Whom the server is to take them for; '' where it must not believe them. */
  readonly user: string;
  readonly certificate?: KeyPair;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export type IdentityName =
  | 'anonymous'
  | 'pod'
  | 'admin of team'
  | 'looker'
  | 'debugger'
  | 'writer'
  | 'node-a'
  | 'node without its group'
  | 'pretended node'
  | 'front proxy'
  | 'front proxy of another name'
  | 'front proxy without a user'
  | 'member who plays front proxy'
  | 'stranger'
  | 'self-signed administrator'
  | 'administrator of yesterday'
  | 'administrator of tomorrow'
  | 'server that plays client'
  | 'client of a client'
  | 'administrator of the front proxy authority';

const deps = { clock: systemClock, random: systemRandom };
const dayMs = 86_400_000;
const masters = ['system:masters'];

/** The authorities of a cluster, and one that nobody trusts. */
export interface Authorities {
  readonly clients: KeyPair;
  readonly frontProxies: KeyPair;
}

/** New keys each time; both authorities are self-signed and good from now on. */
export async function createAuthorities(): Promise<Authorities> {
  const [clients, frontProxies] = await Promise.all(
    ['kubernetes', 'front-proxy-ca'].map((commonName) => createCertificateAuthority({ commonName }, deps)),
  );
  return { clients: clients!, frontProxies: frontProxies! };
}

/** Everybody but the pod, whose token the server has to give. */
export async function createIdentities({ clients, frontProxies }: Authorities): Promise<Map<IdentityName, Identity>> {
  // The very name of the one that is trusted.
  const impostor = await createCertificateAuthority({ commonName: 'kubernetes' }, deps);
  const issue = (
    authority: KeyPair,
    options: Omit<IssueOptions, 'usages'> & Partial<Pick<IssueOptions, 'usages'>>,
    atMs = Date.now(),
  ): Promise<KeyPair> =>
    issueCertificate(
      authority,
      { usages: ['client'], ...options },
      { ...deps, clock: { ...systemClock, now: () => atMs } },
    );
  const admin = { commonName: 'admin', organizations: masters };
  const member = await issue(clients, { commonName: 'member' });
  const asAdmin = { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' };
  const entries: [IdentityName, Identity][] = [
    ['anonymous', { user: 'system:anonymous' }],
    ['admin of team', { user: 'team-admin', certificate: await issue(clients, { commonName: 'team-admin' }) }],
    ['looker', { user: 'looker', certificate: await issue(clients, { commonName: 'looker' }) }],
    ['debugger', { user: 'debugger', certificate: await issue(clients, { commonName: 'debugger' }) }],
    ['writer', { user: 'writer', certificate: await issue(clients, { commonName: 'writer' }) }],
    [
      'node-a',
      {
        user: 'system:node:node-a',
        certificate: await issue(clients, { commonName: 'system:node:node-a', organizations: ['system:nodes'] }),
      },
    ],
    [
      'node without its group',
      { user: 'system:node:node-b', certificate: await issue(clients, { commonName: 'system:node:node-b' }) },
    ],
    [
      'pretended node',
      { user: 'node-b', certificate: await issue(clients, { commonName: 'node-b', organizations: ['system:nodes'] }) },
    ],
    [
      'front proxy',
      {
        user: 'eve',
        certificate: await issue(frontProxies, { commonName: 'front-proxy-client' }),
        headers: { 'x-remote-user': 'eve' },
      },
    ],
    [
      'front proxy of another name',
      { user: '', certificate: await issue(frontProxies, { commonName: 'other-proxy' }), headers: asAdmin },
    ],
    [
      'front proxy without a user',
      { user: '', certificate: await issue(frontProxies, { commonName: 'front-proxy-client' }) },
    ],
    ['member who plays front proxy', { user: 'member', certificate: member, headers: asAdmin }],
    ['stranger', { user: '', certificate: await issue(impostor, admin) }],
    ['self-signed administrator', { user: '', certificate: await createSelfSignedCertificate(admin, deps) }],
    [
      'administrator of yesterday',
      { user: '', certificate: await issue(clients, { ...admin, days: 1 }, Date.now() - 2 * dayMs) },
    ],
    ['administrator of tomorrow', { user: '', certificate: await issue(clients, admin, Date.now() + dayMs) }],
    ['server that plays client', { user: '', certificate: await issue(clients, { ...admin, usages: ['server'] }) }],
    ['client of a client', { user: '', certificate: chained(member, await issue(member, admin)) }],
    ['administrator of the front proxy authority', { user: '', certificate: await issue(frontProxies, admin) }],
  ];
  return new Map(entries);
}

/** A certificate that shows its issuer along with it. */
function chained(issuer: KeyPair, issued: KeyPair): KeyPair {
  return { ...issued, certificate: issued.certificate + issuer.certificate };
}

/** A key that the operator has told the server of, in the hands of who signs what they like. */
export interface TokenForge {
  /** PEM. */
  readonly publicKey: string;
  /** A token signed by the trusted key, or by `key`, whatever the header says. */
  make(claims: object, header?: object, key?: KeyObject): string;
  /** Signed by HMAC, with the public key as secret. */
  makeByPublicKey(claims: object, header: object): string;
  readonly otherKey: KeyObject;
}

/**
 * RSA keys of 2048 bits, new each time. Headers say RS256 unless they are given another `alg`, and `make` signs with
 * SHA-256 all the same.
 */
export function createTokenForge(): TokenForge {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = (claims: object, header: object): string =>
    `${encode({ alg: 'RS256', ...header })}.${encode(claims)}`;
  return {
    publicKey,
    otherKey,
    make: (claims, header = {}, key = privateKey) => {
      const text = unsigned(claims, header);
      return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
    },
    makeByPublicKey: (claims, header) => {
      const text = unsigned(claims, header);
      return `${text}.${createHmac('sha256', publicKey).update(text).digest('base64url')}`;
    },
  };
}
