import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { createFakeClock } from '../../../component/fake-clock.ts';
import { farAway, startOidcIssuer, type OidcIssuer } from '../../../test/support/oidc-issuer.ts';
import { createTestDeps } from '../../../test/support/test-deps.ts';
import { until } from '../../../test/support/until.ts';
import { createJwtAuthenticator, signingAlgorithms, type JwtAuthenticator } from './jwt-authenticator.ts';
import type { JwtAuthenticatorConfiguration } from './jwt-configuration.ts';

describe('tokens of an issuer', () => {
  let issuer: OidcIssuer;
  let stop: AbortController;
  let running: Promise<void>[] = [];
  before(async () => {
    issuer = await startOidcIssuer();
    stop = new AbortController();
  });
  after(async () => {
    stop.abort(new Error('the test is over'));
    await Promise.all(running);
    running = [];
    await issuer.close();
  });

  const configuration = (
    of: OidcIssuer,
    more: Partial<NonNullable<JwtAuthenticatorConfiguration['issuer']>> = {},
  ): JwtAuthenticatorConfiguration => ({
    issuer: { url: of.url, certificateAuthority: of.certificateAuthority, audiences: ['app'], ...more },
    claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: '' } },
  });
  const create = async (
    authenticators: readonly JwtAuthenticatorConfiguration[],
    deps = createTestDeps(),
    algorithms: readonly string[] = ['RS256'],
  ): Promise<JwtAuthenticator> => {
    const options = { authenticators, signingAlgorithms: algorithms, apiAudiences: ['api', 'vault'] };
    const authenticator = await createJwtAuthenticator(options, deps);
    running.push(authenticator.run(stop.signal));
    return authenticator;
  };
  const createReady = async (...args: Parameters<typeof create>): Promise<JwtAuthenticator> => {
    const authenticator = await create(...args);
    await until(() => authenticator.isReady, 'the issuer');
    return authenticator;
  };

  it('say who it is', async () => {
    const authenticator = await createReady([configuration(issuer)]);
    const token = await issuer.sign({ sub: 'jane', aud: 'app', groups: ['devs'], jti: 'id-1' });
    assert.deepEqual(await authenticator.authenticateToken(token, ['api', 'other']), {
      kind: 'user',
      user: {
        name: 'oidc:jane',
        uid: '',
        groups: ['devs'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=id-1'] },
      },
      audiences: ['api'],
    });
  });

  const good = { sub: 'jane', aud: 'app' };
  for (const [name, claims, header, reason] of [
    ['of another audience', { ...good, aud: ['a', 'b'] }, {}, 'oidc: expected audience in ["app"] got ["a" "b"]'],
    ['of no audience', { sub: 'jane' }, {}, 'oidc: expected audience in ["app"] got []'],
    [
      'that ended',
      { ...good, exp: 1_700_000_000 },
      {},
      'oidc: token is expired (Token Expiry: 2023-11-14T22:13:20.000Z)',
    ],
    [
      'without an end',
      { ...good, exp: undefined },
      {},
      'oidc: token is expired (Token Expiry: 1970-01-01T00:00:00.000Z)',
    ],
    [
      'that begin later',
      { ...good, nbf: farAway - 1 },
      {},
      /before the nbf \(not before\) time: 2096-10-02T07:06:39.000Z$/,
    ],
    [
      'of a key nobody has',
      good,
      { kid: 'unknown' },
      'failed to verify signature: failed to verify id token signature',
    ],
    [
      'of a key that is for something else',
      good,
      { kid: 'encrypts' },
      'failed to verify signature: failed to verify id token signature',
    ],
    [
      'signed in a way that is not taken',
      good,
      { alg: 'PS256' },
      'oidc: id token signed with unsupported algorithm, expected ["RS256"] got "PS256"',
    ],
  ] as [string, Record<string, unknown>, { kid?: string; alg?: string }, string | RegExp][])
    it(`${name} are rejected`, async () => {
      const authenticator = await createReady([configuration(issuer)]);
      // jose signs with what the key is made for: a header that says otherwise is put in afterwards.
      const signed = await issuer.sign(claims, { kid: header.kid });
      const token = header.alg
        ? [Buffer.from(JSON.stringify({ alg: header.alg })).toString('base64url'), ...signed.split('.').slice(1)].join(
            '.',
          )
        : signed;
      const answer = await authenticator.authenticateToken(token, ['api']);
      assert.ok(answer.kind === 'rejected', JSON.stringify(answer));
      assert.ok(answer.reason.startsWith('oidc: verify token: '));
      const rest = answer.reason.slice('oidc: verify token: '.length);
      if (typeof reason === 'string') assert.equal(rest, reason);
      else assert.match(rest, reason);
    });

  it('that were tampered with are rejected', async () => {
    const authenticator = await createReady([configuration(issuer)]);
    const [header, , signature] = (await issuer.sign(good)).split('.');
    const claims = { iss: issuer.url, exp: farAway, sub: 'root', aud: 'app' };
    const token = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    assert.equal((await authenticator.authenticateToken(token, ['api'])).kind, 'rejected');
  });

  it('are signed by whichever key, where they name none', async () => {
    const authenticator = await createReady([configuration(issuer)]);
    assert.equal((await authenticator.authenticateToken(await issuer.sign(good, { kid: '' }), ['api'])).kind, 'user');
  });

  for (const token of ['', 'abc', 'a.b.c', 'e30.e30.', `${'x'.repeat(50)}.eyJpc3MiOiJodHRwczovL290aGVyIn0.x`])
    it(`${JSON.stringify(token.slice(0, 20))} is none of them`, async () => {
      const authenticator = await createReady([configuration(issuer)]);
      assert.deepEqual(await authenticator.authenticateToken(token, ['api']), { kind: 'none' });
    });

  it('are not for audiences that the server does not have', async () => {
    const authenticator = await createReady([configuration(issuer)]);
    assert.deepEqual(await authenticator.authenticateToken(await issuer.sign(good), ['other']), { kind: 'none' });
  });

  it('may be for any of several audiences, of any of several issuers', async () => {
    const second = await startOidcIssuer();
    const authenticator = await createReady([
      configuration(issuer, { audiences: ['x', 'app'], audienceMatchPolicy: 'MatchAny' }),
      configuration(second),
    ]);
    for (const one of [issuer, second]) {
      const token = await one.sign({ sub: 'jane', aud: ['other', 'app'] });
      assert.equal((await authenticator.authenticateToken(token, ['api'])).kind, 'user');
    }
    await second.close();
  });

  it('are verified with keys that came since, asked for at most every ten seconds', async () => {
    const clock = createFakeClock();
    const own = await startOidcIssuer();
    const authenticator = await createReady([configuration(own)], createTestDeps({ clock }));
    const ask = async (token: Promise<string>): Promise<string> =>
      (await authenticator.authenticateToken(await token, ['api'])).kind;
    const old = own.sign(good);
    assert.equal(await ask(old), 'user');
    await own.rotate();
    for (let i = 0; i < 3; i++) assert.equal(await ask(own.sign({ ...good, i })), 'rejected');
    assert.deepEqual(own.asked, ['discovery', 'keys']);
    await clock.advance(10_000);
    assert.equal(await ask(own.sign(good)), 'user');
    assert.equal(await ask(old), 'rejected');
    for (let i = 0; i < 3; i++) assert.equal(await ask(own.sign(good, { kid: `made-up-${i}` })), 'rejected');
    assert.deepEqual(own.asked, ['discovery', 'keys', 'keys']);
    await own.close();
  });

  it('of elliptic curves are taken where they may be', async () => {
    const own = await startOidcIssuer();
    await own.rotate('ES256');
    const authenticator = await createReady([configuration(own)], createTestDeps(), signingAlgorithms);
    assert.equal((await authenticator.authenticateToken(await own.sign(good), ['api'])).kind, 'user');
    await own.close();
  });

  it('are rejected until the issuer is found, of which the log tells once', async () => {
    const clock = createFakeClock();
    const deps = createTestDeps({ clock });
    const own = await startOidcIssuer();
    own.setDown(true);
    const authenticator = await create([configuration(own)], deps);
    const token = await own.sign(good);
    const errors = () => deps.lines.filter(({ level }) => level === 'error');
    await until(() => errors().length === 1, 'the complaint');
    assert.deepEqual(await authenticator.authenticateToken(token, ['api']), {
      kind: 'rejected',
      reason: 'oidc: authenticator not initialized',
    });
    const refusals = own.asked.length;
    await until(async () => {
      await clock.advance(1000);
      return own.asked.length > refusals + 1;
    }, 'further questions');
    own.setDown(false);
    await until(async () => {
      await clock.advance(1000);
      return authenticator.isReady;
    }, 'the issuer');
    assert.equal(errors().length, 1);
    assert.equal((await authenticator.authenticateToken(token, ['api'])).kind, 'user');
    await own.close();
  });

  it('are rejected where the issuer says it is somebody else', async () => {
    const other = await startOidcIssuer({ document: { issuer: 'https://other' } });
    const deps = createTestDeps();
    const authenticator = await create([configuration(other)], deps);
    await until(() => deps.lines.length > 0, 'the complaint');
    assert.match(
      String(deps.lines[0]!.fields['error']),
      /^Error: oidc: issuer did not match .* got "https:\/\/other"$/,
    );
    assert.equal(authenticator.isReady, false);
    await other.close();
  });

  it('are rejected where the issuer is not trusted', async () => {
    const deps = createTestDeps();
    const untrusted = configuration(issuer, { certificateAuthority: undefined });
    const authenticator = await create([untrusted], deps);
    await until(() => deps.lines.length > 0, 'the complaint');
    assert.equal(authenticator.isReady, false);
  });

  describe('whose groups stand elsewhere', () => {
    let other: OidcIssuer;
    let authenticator: JwtAuthenticator;
    before(async () => {
      other = await startOidcIssuer();
      const certificateAuthority = issuer.certificateAuthority + other.certificateAuthority;
      authenticator = await createReady([configuration(issuer, { certificateAuthority })]);
    });
    after(() => other.close());
    const put = async (claims: Record<string, unknown>): Promise<Record<string, unknown>> => {
      other.documents.set('/groups', { text: await other.sign({ aud: 'app', ...claims }), accessToken: 'access' });
      return { endpoint: `${other.url}/groups`, access_token: 'access' };
    };
    let count = 0; // a token that has been seen is believed for a while
    const ask = async (source: unknown, more: Record<string, unknown> = {}): Promise<string> => {
      const jti = `id-${count++}`;
      const claims = { ...good, jti, _claim_names: { groups: 'src' }, _claim_sources: { src: source }, ...more };
      const answer = await authenticator.authenticateToken(await issuer.sign(claims), ['api']);
      if (answer.kind === 'none') return 'none';
      return answer.kind === 'user' ? `user of ${answer.user.groups.join()}` : answer.reason;
    };

    it('are known once who vouches for them is', async () => {
      const source = await put({ groups: ['devs'] });
      assert.equal(
        await ask(source),
        `oidc: could not expand distributed claims: verifying untrusted issuer ${other.url} failed: verifier not initialized for issuer: "${other.url}"`,
      );
      await until(async () => (await ask(source)) === 'user of devs', 'the other issuer');
      assert.equal(await ask(source, { groups: ['own'] }), 'user of own');
      assert.equal(await ask({ JWT: 'aggregated' }), 'user of ');
      assert.equal(await ask(source, { _claim_names: { roles: 'src' } }), 'user of ');
    });

    for (const [name, claims, change, reason] of [
      ['of nobody', { groups: [] }, () => ({}), /_claim_names contained a source src missing in _claims_sources$/],
      ['for others', { groups: [], aud: 'x' }, undefined, /verify distributed claim token: oidc: expected audience in/],
      ['that say nothing', {}, undefined, /did not contain claim: groups$/],
      [
        'that are refused',
        {},
        (s: object) => ({ src: { ...s, access_token: 'x' } }),
        /while getting distributed claim "groups": .*: 403/,
      ],
    ] as [string, Record<string, unknown>, ((source: object) => object) | undefined, RegExp][])
      it(`are rejected with groups ${name}`, async () => {
        const source = await put(claims);
        const _claim_sources = change ? change(source) : { src: source };
        assert.match(await ask(source, { _claim_sources }), reason);
      });

    it('are rejected where they are not said well', async () => {
      assert.match(await ask({}, { _claim_sources: undefined }), /oidc: no claim sources$/);
      assert.match(await ask({}, { _claim_names: 'x' }), /oidc: error parsing distributed claim names$/);
    });
  });

  it('may be discovered elsewhere', async () => {
    const elsewhere = await startOidcIssuer({ discoveryPath: '/found', document: { issuer: 'https://oidc.example' } });
    const authenticator = await createReady([
      configuration(elsewhere, { url: 'https://oidc.example', discoveryURL: `${elsewhere.url}/found` }),
    ]);
    const token = await elsewhere.sign({ ...good, iss: 'https://oidc.example' });
    assert.equal((await authenticator.authenticateToken(token, ['api'])).kind, 'user');
    await elsewhere.close();
  });
});
