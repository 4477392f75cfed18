import { unauthorized, forbidden, type Attack, type ExpectedAudit } from './attack.ts';
import type { Target } from '../target/target.ts';

const path = '/api/v1/secrets';
const unknown: ExpectedAudit = { user: '', verb: 'list' };
const issuer = 'https://kubernetes.default.svc.cluster.local';

/** Claims of a token of the pod’s account that would be good, and what is wrong with it. */
function claims({ furniture }: Target, wrong: object = {}): object {
  const now = Math.floor(Date.now() / 1000);
  return {
    aud: [issuer],
    exp: now + 3600,
    iat: now,
    iss: issuer,
    'kubernetes.io': { namespace: 'team', serviceaccount: { name: 'app', uid: furniture.uids.app } },
    nbf: now,
    sub: 'system:serviceaccount:team:app',
    ...wrong,
  };
}
const boss = ({ furniture }: Target): object => ({
  sub: 'system:serviceaccount:other:boss',
  'kubernetes.io': { namespace: 'other', serviceaccount: { name: 'boss', uid: furniture.uids.boss } },
});

/** The token of the pod with one of its three parts made over. */
function altered({ furniture }: Target, part: 0 | 1 | 2, change: (text: string) => string): string {
  const parts = furniture.podToken.split('.');
  parts[part] = change(parts[part]!);
  return parts.join('.');
}
const rewritten =
  (change: (value: Record<string, unknown>) => object) =>
  (text: string): string =>
    Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(text, 'base64url').toString())))).toString('base64url');

const now = (): number => Math.floor(Date.now() / 1000);

/** Texts that are shown as bearer tokens, by what is wrong with them. */
const bad: readonly [name: string, token: (target: Target) => string][] = [
  ['whose account is gone', ({ furniture }) => furniture.oldTokens.accountDeleted],
  ['whose account was made anew', ({ furniture }) => furniture.oldTokens.accountMadeAnew],
  ['whose pod is gone', ({ furniture }) => furniture.oldTokens.podDeleted],
  ['whose secret is gone', ({ furniture }) => furniture.oldTokens.secretDeleted],
  ['that is over', (target) => target.forge.make(claims(target, { exp: now() - 120, iat: now() - 7200, nbf: now() - 7200 }))],
  ['that is not good yet', (target) => target.forge.make(claims(target, { nbf: now() + 3600 }))],
  ['without an end', (target) => target.forge.make(claims(target, { exp: undefined }))],
  ['for another audience', (target) => target.forge.make(claims(target, { aud: ['vault'] }))],
  ['of another issuer', (target) => target.forge.make(claims(target, { iss: 'https://issuer.example.com' }))],
  ['of no issuer', (target) => target.forge.make(claims(target, { iss: undefined }))],
  ['of another key', (target) => target.forge.make(claims(target), {}, target.forge.otherKey)],
  ['of another key under the id of a good one', (target) => target.forge.make(claims(target), keyIdOf(target), target.forge.otherKey)],
  ['that brings its key', (target) => target.forge.make(claims(target), { jwk: { kty: 'oct', k: 'AAAA' }, jku: 'https://127.0.0.1/keys', x5u: 'https://127.0.0.1/x' }, target.forge.otherKey)],
  ['whose key id is a path', (target) => target.forge.make(claims(target), { kid: '../../../../dev/null' }, target.forge.otherKey)],
  ['whose key id is __proto__', (target) => target.forge.make(claims(target), { kid: '__proto__' }, target.forge.otherKey)],
  ['signed with the public key', (target) => target.forge.makeByPublicKey(claims(target, boss(target)), { alg: 'HS256' })],
  ['signed by nobody', (target) => altered(target, 0, rewritten((header) => ({ ...header, alg: 'none' }))).replace(/[^.]+$/, '')],
  ['signed by nobody, with a signature', (target) => altered(target, 0, rewritten((header) => ({ ...header, alg: 'none' })))],
  ['signed by NoNe', (target) => altered(target, 0, rewritten((header) => ({ ...header, alg: 'NoNe' })))],
  ['of another algorithm', (target) => altered(target, 0, rewritten((header) => ({ ...header, alg: 'HS256' })))],
  ['made over to another account', (target) => altered(target, 1, rewritten((payload) => ({ ...payload, ...boss(target) })))],
  ['made to last', (target) => altered(target, 1, rewritten((payload) => ({ ...payload, exp: now() + 1e9 })))],
  ['with an empty signature', (target) => altered(target, 2, () => '')],
  ['with a signature of zeros', (target) => altered(target, 2, (text) => Buffer.alloc(Buffer.from(text, 'base64url').length).toString('base64url'))],
  ['of four parts', ({ furniture }) => `${furniture.podToken}.${furniture.podToken.split('.')[2]}`],
  ['about an account that is another', (target) => target.forge.make(claims(target, { sub: 'system:serviceaccount:other:boss', 'kubernetes.io': { namespace: 'other', serviceaccount: { name: 'boss', uid: target.furniture.uids.app } } }))],
  ['about a name that holds two', (target) => target.forge.make(claims(target, { 'kubernetes.io': { namespace: 'team:app', serviceaccount: { name: 'x', uid: target.furniture.uids.app } } }))],
  ['about nobody', (target) => target.forge.make(claims(target, { 'kubernetes.io': undefined }))],
  ['bound to a pod of another uid', (target) => target.forge.make(claims(target, { 'kubernetes.io': { namespace: 'team', serviceaccount: { name: 'app', uid: target.furniture.uids.app }, pod: { name: 'pod-a', uid: target.furniture.uids.podB } } }))],
  ['of a bootstrap secret, wrong', () => 'abcdef.fedcba9876543210'],
  ['of a bootstrap secret, over', () => 'expird.0123456789abcdef'],
  ['of a bootstrap secret for signing only', () => 'signer.0123456789abcdef'],
  ['of a bootstrap secret of administrators', () => 'master.0123456789abcdef'],
  ['of a bootstrap secret in a namespace of users', () => 'plante.0123456789abcdef'],
  ['of a bootstrap secret, with something behind it', () => 'abcdef.0123456789abcdefx'],
  ['that begins like the administrator’s', () => 'admintoke'],
  ['that is longer than the administrator’s', () => 'admintoken0'],
  ['in other letters', () => 'ADMINTOKEN'],
  ['that is a name of everything', () => 'constructor'],
  ['of a million letters', () => 'x'.repeat(60_000)],
]; // prettier-ignore

/** Finds the id under which the server knows the key of the pod’s token. */
function keyIdOf({ furniture }: Target): object {
  const header = JSON.parse(Buffer.from(furniture.podToken.split('.')[0]!, 'base64url').toString()) as { kid: string };
  return { kid: header.kid };
}

export const tokens: readonly (Attack & { readonly token?: (target: Target) => string })[] = [
  ...bad.map(([name, token]) => ({ name, as: 'anonymous', path, token, expect: unauthorized, audit: unknown }) as const),
  { name: 'a good one that the forge made has the rights of its account', as: 'anonymous', path, token: (target) => target.forge.make(claims(target)), expect: forbidden(/User "system:serviceaccount:team:app" cannot list/), audit: { user: 'system:serviceaccount:team:app', verb: 'list', decision: 'forbid' } },
  { name: 'a good one of a bootstrap secret has the rights of who joins', as: 'anonymous', path, token: () => 'abcdef.0123456789abcdef', expect: forbidden(/User "system:bootstrap:abcdef" cannot list/), audit: { user: 'system:bootstrap:abcdef', verb: 'list', decision: 'forbid' } },
  { name: 'in the query', as: 'anonymous', path: `${path}?access_token=admintoken&token=admintoken`, expect: forbidden(/User "system:anonymous"/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'in another scheme', as: 'anonymous', path, headers: { authorization: 'Basic YWRtaW46YWRtaW50b2tlbg==' }, expect: forbidden(/User "system:anonymous"/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'behind two blanks', as: 'anonymous', path, headers: { authorization: 'Bearer  admintoken' }, expect: forbidden(/User "system:anonymous"/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'in a cookie', as: 'anonymous', path, headers: { cookie: 'authorization=Bearer admintoken', 'proxy-authorization': 'Bearer admintoken' }, expect: forbidden(/User "system:anonymous"/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'the second of two', as: 'anonymous', path, headers: { authorization: ['Bearer no', 'Bearer admintoken'] }, expect: unauthorized, audit: unknown },
  { name: 'among the protocols of a WebSocket, alone', as: 'anonymous', path, headers: { 'sec-websocket-protocol': `base64url.bearer.authorization.k8s.io.${Buffer.from('admintoken').toString('base64url')}` }, expect: forbidden(/User "system:anonymous"/), audit: { verb: 'list', decision: 'forbid' } },
]; // prettier-ignore
