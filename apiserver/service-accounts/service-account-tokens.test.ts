import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { pods } from '../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { issuerDocuments } from './issuer-discovery.ts';
import { signToken } from './json-web-token.ts';
import { createServiceAccountTokens, type ServiceAccountTokens, type TokenSubject } from './service-account-tokens.ts';
import { createSigningKeys } from './signing-keys.ts';

const issuer = 'https://kubernetes.default.svc.cluster.local';
const hourSeconds = 3600;

describe('service account tokens', () => {
  let folder: string;
  let clock: FakeClock;
  let cache: FakeCacheReader;
  let uid: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8ts-tokens-'));
    writeKey('rsa.key', 'rsa');
    writeKey('ec.key', 'ec');
    writeKey('other.key', 'rsa');
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    clock = createFakeClock();
    cache = new FakeCacheReader();
    uid = cache.put(serviceAccounts, { metadata: { namespace: 'a', name: 'bot' } }).metadata.uid!;
  });

  function writeKey(name: string, type: 'rsa' | 'ec'): void {
    const { privateKey } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    writeFileSync(join(folder, name), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }
  function createTokens(signing = 'rsa.key', keys = [signing]): ServiceAccountTokens {
    const deps = createTestDeps({ clock });
    const files = { signingKeyFile: join(folder, signing), keyFiles: keys.map((name) => join(folder, name)) };
    return createServiceAccountTokens(
      { issuers: [issuer], apiAudiences: [issuer] },
      { ...deps, cache, keys: createSigningKeys(files, deps) },
    );
  }
  const subject = (more: Partial<TokenSubject> = {}): TokenSubject => ({
    namespace: 'a',
    serviceAccount: { name: 'bot', uid },
    audiences: [issuer],
    lifetimeSeconds: hourSeconds,
    ...more,
  });
  const payloadOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

  it("carry upstream's claims, in its order", () => {
    const pod = { name: 'p', uid: 'pu' };
    const node = { name: 'n', uid: 'nu' };
    const { token, id } = createTokens().issue(subject({ pod, node, warnAfterSeconds: 3607 }));
    const now = Math.floor(clock.now() / 1000);
    assert.equal(
      JSON.stringify(payloadOf(token)),
      JSON.stringify({
        aud: [issuer],
        exp: now + hourSeconds,
        iat: now,
        iss: issuer,
        jti: id,
        'kubernetes.io': { namespace: 'a', node, pod, serviceaccount: { name: 'bot', uid }, warnafter: now + 3607 },
        nbf: now,
        sub: 'system:serviceaccount:a:bot',
      }),
    );
  });

  for (const [file, algorithm] of [
    ['rsa.key', 'RS256'],
    ['ec.key', 'ES256'],
  ] as const) {
    it(`are signed with ${algorithm} and name their key as upstream does`, async () => {
      const tokens = createTokens(file);
      const { token } = tokens.issue(subject());
      const [header, payload, signature] = token.split('.') as [string, string, string];
      const { key } = tokens.keys.signing();
      const der = key.export({ type: 'spki', format: 'der' });
      assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), {
        alg: algorithm,
        kid: createHash('sha256').update(der).digest('base64url'),
      });
      const signed = Buffer.from(`${header}.${payload}`);
      const publicKey = {
        key: createPublicKey(key.export({ type: 'spki', format: 'pem' })),
        dsaEncoding: 'ieee-p1363' as const,
      };
      assert.ok(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url')));
      assert.equal((await tokens.verify(token, [issuer])).kind, 'user');
    });
  }

  it('prove who the account is', async () => {
    const tokens = createTokens();
    cache.put(pods, { metadata: { namespace: 'a', name: 'p', uid: 'pu' } });
    const { token, id } = tokens.issue(subject({ pod: { name: 'p', uid: 'pu' }, node: { name: 'n' } }));
    assert.deepEqual(await tokens.verify(token, ['x', issuer]), {
      kind: 'user',
      audiences: [issuer],
      user: {
        name: 'system:serviceaccount:a:bot',
        uid,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:a'],
        extra: {
          'authentication.kubernetes.io/credential-id': [`JTI=${id}`],
          'authentication.kubernetes.io/node-name': ['n'],
          'authentication.kubernetes.io/pod-name': ['p'],
          'authentication.kubernetes.io/pod-uid': ['pu'],
        },
      },
    });
  });

  it('are good for their audiences only', async () => {
    const tokens = createTokens();
    const { token } = tokens.issue(subject({ audiences: ['a', 'b'] }));
    assert.equal((await tokens.verify(token, ['b', 'c'])).kind, 'user');
    assert.deepEqual(await tokens.verify(token, ['c']), {
      kind: 'rejected',
      reason: 'token audiences ["a" "b"] is invalid for the target audiences ["c"]',
    });
  });

  it('expire, though verified before', async () => {
    const tokens = createTokens();
    const { token } = tokens.issue(subject());
    assert.equal((await tokens.verify(token, [issuer])).kind, 'user');
    await clock.advance((hourSeconds + 61) * 1000);
    assert.deepEqual(await tokens.verify(token, [issuer]), {
      kind: 'rejected',
      reason: 'service account token has expired',
    });
  });

  it('end with the account and with the pod', async () => {
    const tokens = createTokens();
    const plain = tokens.issue(subject()).token;
    const podUid = cache.put(pods, { metadata: { namespace: 'a', name: 'p' } }).metadata.uid!;
    const bound = tokens.issue(subject({ pod: { name: 'p', uid: podUid } })).token;
    assert.equal((await tokens.verify(bound, [issuer])).kind, 'user');
    cache.put(pods, { metadata: { namespace: 'a', name: 'p', uid: 'again' } });
    assert.equal((await tokens.verify(bound, [issuer])).kind, 'rejected');
    cache.delete(pods, { namespace: 'a', name: 'p' });
    assert.equal((await tokens.verify(bound, [issuer])).kind, 'rejected');
    assert.equal((await tokens.verify(plain, [issuer])).kind, 'user');
    cache.delete(serviceAccounts, { namespace: 'a', name: 'bot' });
    assert.equal((await tokens.verify(plain, [issuer])).kind, 'rejected');
  });

  it('believe the store where the cache has not seen the account yet', async () => {
    const tokens = createTokens();
    const made = cache.putUnseen(serviceAccounts, { metadata: { namespace: 'a', name: 'new' } });
    const { token } = tokens.issue(subject({ serviceAccount: { name: 'new', uid: made.metadata.uid! } }));
    assert.equal((await tokens.verify(token, [issuer])).kind, 'user');
  });

  it('may also stand in a secret of the account, as long as that is there', async () => {
    const tokens = createTokens();
    const claims = {
      iss: 'kubernetes/serviceaccount',
      'kubernetes.io/serviceaccount/namespace': 'a',
      'kubernetes.io/serviceaccount/secret.name': 's',
      'kubernetes.io/serviceaccount/service-account.name': 'bot',
      'kubernetes.io/serviceaccount/service-account.uid': uid,
      sub: 'system:serviceaccount:a:bot',
    };
    const token = signToken(claims, tokens.keys.signing());
    const put = (text: string, labels = {}): void =>
      void cache.put(secrets, {
        metadata: { namespace: 'a', name: 's', labels },
        data: { token: Buffer.from(text).toString('base64') },
      });
    const reasonNow = async (): Promise<string> => {
      const answer = await tokens.verify(token, [issuer]);
      return answer.kind === 'rejected' ? answer.reason : answer.kind;
    };
    assert.equal(await reasonNow(), 'Token has been invalidated');
    put(token);
    assert.equal(await reasonNow(), 'user');
    put('another');
    assert.equal(await reasonNow(), "Token does not match server's copy");
    put(token, { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' });
    assert.match(await reasonNow(), /marked as invalid/);
    put(token);
    cache.delete(serviceAccounts, { namespace: 'a', name: 'bot' });
    assert.equal(await reasonNow(), 'serviceaccounts "bot" not found');
    const forged = signToken({ ...claims, sub: 'system:serviceaccount:a:other' }, tokens.keys.signing());
    assert.equal((await tokens.verify(forged, [issuer])).kind, 'rejected');
  });

  it('are not ours when another issued them, and refused when another signed them', async () => {
    const { token } = createTokens('other.key').issue(subject());
    assert.equal((await createTokens().verify(token, [issuer])).kind, 'rejected');
    const [header, , signature] = token.split('.');
    const foreign = Buffer.from(JSON.stringify({ iss: 'https://elsewhere' })).toString('base64url');
    assert.equal((await createTokens().verify(`${header}.${foreign}.${signature}`, [issuer])).kind, 'none');
    for (const noToken of ['', 'a.b.c', 'a.b', 'eyJhbGciOiJSUzI1NiJ9.e30.xx', 'x'.repeat(100)]) {
      assert.equal((await createTokens().verify(noToken, [issuer])).kind, 'none', noToken);
    }
  });

  it('are refused where the payload was changed or the algorithm is none', async () => {
    const tokens = createTokens();
    const [header, payload, signature] = tokens.issue(subject()).token.split('.') as [string, string, string];
    const changed = Buffer.from(JSON.stringify({ ...payloadOf(`.${payload}.`), sub: 'x' })).toString('base64url');
    assert.equal((await tokens.verify(`${header}.${changed}.${signature}`, [issuer])).kind, 'rejected');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    assert.equal((await tokens.verify(`${none}.${payload}.${signature}`, [issuer])).kind, 'rejected');
  });

  it('are verified with older keys, and with keys that come later', async () => {
    const old = createTokens('other.key').issue(subject()).token;
    assert.equal((await createTokens('rsa.key', ['rsa.key', 'other.key']).verify(old, [issuer])).kind, 'user');
    writeFileSync(join(folder, 'bundle.key'), '');
    writeKey('bundle.key', 'ec');
    const tokens = createTokens('rsa.key', ['bundle.key']);
    assert.equal((await tokens.verify(old, [issuer])).kind, 'rejected');
    const other = createTokens('other.key').keys.signing().key.export({ type: 'spki', format: 'pem' });
    writeFileSync(join(folder, 'bundle.key'), other);
    await clock.advance(10_000);
    assert.equal((await tokens.verify(old, [issuer])).kind, 'user');
  });

  it("can be verified by others from the issuer's documents", () => {
    const tokens = createTokens('ec.key', ['ec.key', 'rsa.key']);
    const documents = issuerDocuments(tokens, { externalAddress: '10.0.0.1:6443' });
    const read = (path: string): Record<string, unknown> =>
      JSON.parse(documents.get(path)!().body) as Record<string, unknown>;
    assert.deepEqual(read('/.well-known/openid-configuration'), {
      issuer,
      jwks_uri: 'https://10.0.0.1:6443/openid/v1/jwks',
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    });
    const keys = read('/openid/v1/jwks')['keys'] as Record<string, string>[];
    assert.deepEqual(
      keys.map(({ kid, alg, kty }) => [kid, alg, kty]),
      [
        [tokens.keys.signing().id, 'ES256', 'EC'],
        [createTokens().keys.signing().id, 'RS256', 'RSA'],
      ],
    );
    for (const jwk of keys) assert.ok(createPublicKey({ key: jwk, format: 'jwk' }));
  });
});
