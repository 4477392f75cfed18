import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { hasReason } from '../../api/meta/errors.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../component/certificates.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import type { Authenticator, Credentials } from './authenticator.ts';
import { createAuthenticator } from './create-authenticator.ts';
import type { AuthenticationOptions } from './index.ts';
import { parseTokenFile } from './token-file-authenticator.ts';

const audience = 'https://api';

describe('authentication', () => {
  let folder: string;
  const cache = new FakeCacheReader();
  const clock = createFakeClock();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8ts-authn-'));
    writeFileSync(join(folder, 'tokens.csv'), 'secret,jane,u1,"devs,ops"\nplain,joe,u2\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  const create = (options: Partial<AuthenticationOptions> = {}): Authenticator =>
    createAuthenticator(
      { apiAudiences: [audience], tokenAuthFile: join(folder, 'tokens.csv'), bootstrapTokens: true, ...options },
      { ...createTestDeps({ clock }), cache },
    );
  const withHeader = (authorization: string): Credentials => ({ headers: { authorization } });

  it('knows the users of the token file', async () => {
    assert.deepEqual(await create().authenticate(withHeader('Bearer secret')), {
      name: 'jane',
      uid: 'u1',
      groups: ['devs', 'ops', 'system:authenticated'],
      extra: {},
    });
  });

  for (const [authorization, outcome] of [
    ['bearer secret', 'jane'],
    ['BEARER secret', 'jane'],
    ['Bearer secret extra', 'jane'],
    ['Bearer', 'system:anonymous'],
    ['Basic c2VjcmV0', 'system:anonymous'],
    ['secret', 'system:anonymous'],
  ] as const) {
    it(`reads ${JSON.stringify(authorization)} as ${outcome}`, async () => {
      assert.equal((await create().authenticate(withHeader(authorization))).name, outcome);
    });
  }

  it('warns of a token it does not see because of a blank', async () => {
    const warnings: string[] = [];
    const user = await create().authenticate(withHeader('Bearer  secret'), (text) => void warnings.push(text));
    assert.equal(user.name, 'system:anonymous');
    assert.deepEqual(user.groups, ['system:unauthenticated']);
    assert.deepEqual(warnings, [
      'the provided Authorization header contains extra space before the bearer token, and is ignored',
    ]);
  });

  it('reads the token a browser offers as a WebSocket protocol', async () => {
    const offered = `base64url.bearer.authorization.k8s.io.${Buffer.from('secret').toString('base64url')}`;
    const headers = { 'sec-websocket-protocol': `v4.channel.k8s.io, ${offered}` };
    assert.equal((await create().authenticate({ headers })).name, 'jane');
  });

  it('answers wrong tokens, and where it is off anonymous requests, with 401', async () => {
    await assert.rejects(
      () => create().authenticate(withHeader('Bearer wrong')),
      (e) => hasReason(e, 'Unauthorized'),
    );
    await assert.rejects(
      () => create({ anonymous: false }).authenticate({ headers: {} }),
      (e) => hasReason(e, 'Unauthorized'),
    );
  });

  it('reviews tokens for audiences', async () => {
    const authenticator = create();
    assert.equal((await authenticator.reviewToken('secret ', [])).kind, 'user');
    assert.deepEqual(await authenticator.reviewToken('secret', ['other']), {
      kind: 'rejected',
      reason: 'invalid bearer token',
    });
  });

  describe('by bootstrap token', () => {
    const data = (fields: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, Buffer.from(v).toString('base64')]));
    const put = (fields: Record<string, string>): void =>
      void cache.put(secrets, {
        metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
        type: 'bootstrap.kubernetes.io/token',
        data: data({
          'token-id': 'abcdef',
          'token-secret': '0123456789abcdef',
          'usage-bootstrap-authentication': 'true',
          ...fields,
        }),
      });
    const token = 'Bearer abcdef.0123456789abcdef';

    it('lets a joining node in', async () => {
      put({ 'auth-extra-groups': 'system:bootstrappers:workers' });
      const user = await create().authenticate(withHeader(token));
      assert.equal(user.name, 'system:bootstrap:abcdef');
      assert.deepEqual(user.groups, ['system:bootstrappers', 'system:bootstrappers:workers', 'system:authenticated']);
    });
    for (const [name, fields] of [
      ['expired', { expiration: '2000-01-01T00:00:00Z' }],
      ['meant for something else', { 'usage-bootstrap-authentication': 'false' }],
      ['with groups it may not give', { 'auth-extra-groups': 'system:masters' }],
      ['with another secret', { 'token-secret': '0123456789abcdee' }],
    ] as const) {
      it(`refuses one ${name}`, async () => {
        put(fields);
        await assert.rejects(
          () => create().authenticate(withHeader(token)),
          (e) => hasReason(e, 'Unauthorized'),
        );
      });
    }
  });

  it('refuses a file that is no token file', () => {
    assert.throws(() => parseTokenFile('a,b\n', 'f'), /must have at least 3 columns/);
    assert.deepEqual([...parseTokenFile('"a""b",c,d,"x"\n', 'f').keys()], ['a"b']);
  });
});

describe('authentication by certificate', () => {
  let folder: string;
  let leaf: Buffer;
  let proxyLeaf: Buffer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'k8ts-x509-'));
    const deps = createTestDeps({ clock: createFakeClock() });
    const ca = await createCertificateAuthority({ commonName: 'users' }, deps);
    const proxyCa = await createCertificateAuthority({ commonName: 'proxies' }, deps);
    writeFileSync(join(folder, 'ca.crt'), ca.certificate);
    writeFileSync(join(folder, 'proxy-ca.crt'), proxyCa.certificate);
    const issue = async (by: KeyPair, commonName: string, organizations: string[]): Promise<Buffer> => {
      const { certificate } = await issueCertificate(by, { commonName, organizations, usages: ['client'] }, deps);
      return new X509Certificate(certificate).raw;
    };
    leaf = await issue(ca, 'jane', ['devs']);
    proxyLeaf = await issue(proxyCa, 'front', []);
  });
  after(() => rmSync(folder, { recursive: true }));
  const jane = (): Credentials['peerCertificate'] => ({ commonName: 'jane', organizations: ['devs'], raw: leaf });
  const proxy = (): Credentials['peerCertificate'] => ({ commonName: 'front', organizations: [], raw: proxyLeaf });
  const create = (withProxy: boolean, clock = createFakeClock()): Authenticator =>
    createAuthenticator(
      {
        apiAudiences: [audience],
        clientCaFile: join(folder, 'ca.crt'),
        ...(withProxy
          ? {
              requestHeader: {
                clientCaFile: join(folder, 'proxy-ca.crt'),
                allowedNames: ['front'],
                usernameHeaders: ['X-Remote-User'],
                uidHeaders: ['X-Remote-Uid'],
                groupHeaders: ['X-Remote-Group'],
                extraHeaderPrefixes: ['X-Remote-Extra-'],
              },
            }
          : {}),
      },
      { ...createTestDeps({ clock }), cache: new FakeCacheReader() },
    );

  it('takes the common name for the user and organizations for groups', async () => {
    const user = await create(false).authenticate({ headers: {}, peerCertificate: jane() });
    assert.equal(user.name, 'jane');
    assert.deepEqual(user.groups, ['devs', 'system:authenticated']);
    assert.match(user.extra['authentication.kubernetes.io/credential-id']![0]!, /^X509SHA256=[0-9a-f]{64}$/);
  });

  it('believes a proxy about who the user is', async () => {
    const headers = {
      'x-remote-user': 'joe',
      'x-remote-group': ['a', 'b,c'],
      'x-remote-extra-acme.com%2fproject': 'p',
    };
    const user = await create(true).authenticate({ headers, peerCertificate: proxy() });
    assert.deepEqual(user, {
      name: 'joe',
      uid: '',
      groups: ['a', 'b,c', 'system:authenticated'],
      extra: { 'acme.com/project': ['p'] },
    });
  });

  it('does not believe users who say they are somebody else, nor proxies about themselves', async () => {
    const headers = { 'x-remote-user': 'joe' };
    assert.equal((await create(true).authenticate({ headers, peerCertificate: jane() })).name, 'jane');
    assert.equal((await create(true).authenticate({ headers })).name, 'system:anonymous');
    await assert.rejects(
      () => create(true).authenticate({ headers: {}, peerCertificate: proxy() }),
      (e) => hasReason(e, 'Unauthorized'),
    );
  });

  it('refuses a certificate that expired while the connection was open', async () => {
    const clock = createFakeClock();
    const authenticator = create(false, clock);
    const peerCertificate = jane();
    assert.equal((await authenticator.authenticate({ headers: {}, peerCertificate })).name, 'jane');
    const leftMs = Date.parse(new X509Certificate(leaf).validTo) - clock.now();
    await clock.advance(leftMs + 1000);
    await assert.rejects(
      () => authenticator.authenticate({ headers: {}, peerCertificate }),
      (e) => hasReason(e, 'Unauthorized'),
    );
  });

  for (const withProxy of [false, true])
    it(`believes authorities for as long as they stand in their file${withProxy ? ', beside those of proxies' : ''}`, async () => {
      const clock = createFakeClock();
      const authenticator = create(withProxy, clock);
      const peerCertificate = jane();
      const ask = (): Promise<{ readonly name: string }> =>
        authenticator.authenticate({ headers: {}, peerCertificate });
      const file = join(folder, 'ca.crt');
      const authority = readFileSync(file, 'utf8');
      try {
        assert.equal((await ask()).name, 'jane');
        writeFileSync(file, authority + readFileSync(join(folder, 'proxy-ca.crt'), 'utf8'));
        await clock.advance(10_000);
        assert.equal((await ask()).name, 'jane');
        writeFileSync(file, readFileSync(join(folder, 'proxy-ca.crt')));
        await clock.advance(10_000);
        await assert.rejects(ask, (e) => hasReason(e, 'Unauthorized'));
        writeFileSync(file, 'no certificate');
        await clock.advance(10_000);
        await assert.rejects(ask, (e) => hasReason(e, 'Unauthorized'));
      } finally {
        writeFileSync(file, authority);
      }
      await clock.advance(10_000);
      assert.equal((await ask()).name, 'jane');
    });

  it('believes proxies for as long as their authority stands in its file', async () => {
    const clock = createFakeClock();
    const authenticator = create(true, clock);
    const peerCertificate = proxy();
    const headers = { 'x-remote-user': 'joe' };
    const file = join(folder, 'proxy-ca.crt');
    const authority = readFileSync(file, 'utf8');
    try {
      assert.equal((await authenticator.authenticate({ headers, peerCertificate })).name, 'joe');
      writeFileSync(file, readFileSync(join(folder, 'ca.crt')));
      await clock.advance(10_000);
      await assert.rejects(
        () => authenticator.authenticate({ headers, peerCertificate }),
        (e) => hasReason(e, 'Unauthorized'),
      );
    } finally {
      writeFileSync(file, authority);
    }
  });
});
