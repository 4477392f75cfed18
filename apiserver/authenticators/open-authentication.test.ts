import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { hasReason } from '../../api/meta/errors.ts';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import { parseFlags } from '../../component/flags.ts';
import { toYaml } from '../../component/yaml.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { startOidcIssuer, type OidcIssuer } from '../../test/support/oidc-issuer.ts';
import { startReviewWebhookPeer } from '../../test/support/review-webhook-peer.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { until } from '../../test/support/until.ts';
import { configOf, flags, type ApiServerFlags } from '../config.ts';
import { openConfig } from '../open-config.ts';
import type { Authenticator } from './authenticator.ts';
import { createAuthenticator } from './create-authenticator.ts';

const valuesOf = (...args: string[]): ApiServerFlags => {
  const parsed = parseFlags(flags, args);
  assert.ok(parsed.kind === 'run');
  return parsed.values;
};

describe('authentication by others', () => {
  let folder: string;
  let caFile: string;
  let issuer: OidcIssuer;
  let clock: FakeClock;
  let stop: AbortController;
  let running: Promise<void> | undefined;
  let deps: ReturnType<typeof createTestDeps<FakeClock>>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-authn-'));
    issuer = await startOidcIssuer();
    caFile = join(folder, 'ca.crt');
    await writeFile(caFile, issuer.certificateAuthority);
  });
  after(async () => {
    await issuer.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    clock = createFakeClock();
    deps = createTestDeps({ clock });
    stop = new AbortController();
    running = undefined;
  });
  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await running;
  });

  const open = async (...args: string[]): Promise<Authenticator> => {
    const { config, run } = await openConfig(valuesOf('--api-audiences=api', ...args), deps);
    running = run(stop.signal);
    return createAuthenticator(config.authentication, { ...deps, cache: new FakeCacheReader() });
  };
  const nameOf = async (authenticator: Authenticator, token: string): Promise<string> => {
    const answer = await authenticator.reviewToken(token, []);
    return answer.kind === 'user' ? answer.user.name : answer.kind;
  };
  const configuration = (of: OidcIssuer, more: object = {}): string =>
    toYaml({
      apiVersion: 'apiserver.config.k8s.io/v1beta1',
      kind: 'AuthenticationConfiguration',
      jwt: [
        {
          issuer: { url: of.url, certificateAuthority: of.certificateAuthority, audiences: ['app'] },
          claimMappings: { username: { claim: 'sub', prefix: '' } },
        },
      ],
      ...more,
    });

  for (const [prefix, claims, name] of [
    [[], { sub: 'jane' }, 'ISSUER#jane'],
    [['--oidc-username-prefix=o:'], { sub: 'jane' }, 'o:jane'],
    [['--oidc-username-prefix=-'], { sub: 'jane' }, 'jane'],
    [['--oidc-username-claim=email'], { email: 'j@a' }, 'j@a'],
    [['--oidc-required-claim=hd=a,b', '--oidc-username-prefix=-'], { sub: 'jane', hd: 'a,b' }, 'jane'],
    [['--oidc-required-claim=hd=a,b', '--oidc-username-prefix=-'], { sub: 'jane', hd: 'a' }, 'rejected'],
    [['--oidc-signing-algs=ES256,PS256'], { sub: 'jane' }, 'rejected'],
  ] as [string[], Record<string, unknown>, string][])
    it(`by an issuer, with ${prefix.join(' ') || 'no more flags'}: ${name}`, async () => {
      const authenticator = await open(
        `--oidc-issuer-url=${issuer.url}`,
        '--oidc-client-id=app',
        `--oidc-ca-file=${caFile}`,
        ...prefix,
      );
      await until(() => deps.lines.some(({ message }) => message === 'oidc authenticator is ready'), 'the issuer');
      const token = await issuer.sign({ aud: 'app', ...claims });
      assert.equal(await nameOf(authenticator, token), name.replace('ISSUER', issuer.url));
    });

  it('follows its file; issuers that cannot be found do not take the place of others', async () => {
    const file = join(folder, 'authentication.yaml');
    const second = await startOidcIssuer();
    await writeFile(file, configuration(issuer));
    const authenticator = await open(`--authentication-config=${file}`);
    const first = await issuer.sign({ sub: 'jane', aud: 'app' });
    const next = await second.sign({ sub: 'joe', aud: 'app' });
    await until(async () => (await nameOf(authenticator, first)) === 'jane', 'the issuer');
    second.setDown(true);
    await writeFile(file, configuration(second));
    const asked = async (message: RegExp): Promise<void> =>
      until(async () => {
        await clock.advance(1000);
        return deps.lines.some((line) => message.test(line.message));
      }, String(message));
    await asked(/^issuers of the changed authentication configuration cannot be found/);
    assert.equal(await nameOf(authenticator, first), 'jane');
    second.setDown(false);
    await asked(/^files are read anew/);
    assert.equal(await nameOf(authenticator, next), 'joe');
    assert.equal(await nameOf(authenticator, first), 'rejected');
    await writeFile(file, configuration(second, { anonymous: { enabled: false } }));
    await asked(/^changed files are not taken over/);
    assert.equal(await nameOf(authenticator, next), 'joe');
    await second.close();
  });

  it('lets requests without credentials come to some paths', async () => {
    const file = join(folder, 'anonymous.yaml');
    await writeFile(file, configuration(issuer, { anonymous: { enabled: true, conditions: [{ path: '/livez' }] } }));
    const authenticator = await open(`--authentication-config=${file}`);
    assert.equal((await authenticator.authenticate({ headers: {}, path: '/livez' })).name, 'system:anonymous');
    for (const path of ['/livez/etcd', '/api', undefined])
      await assert.rejects(
        () => authenticator.authenticate({ headers: {}, path }),
        (error) => hasReason(error, 'Unauthorized'),
      );
    await assert.rejects(
      openConfig(valuesOf(`--authentication-config=${file}`, '--anonymous-auth=false'), deps),
      /^FlagError: anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured/,
    );
  });

  it('asks a webhook whose a token is', async () => {
    const peer = await startReviewWebhookPeer(folder, ({ spec }: { spec: { token: string } }) => ({
      body: { status: { authenticated: spec.token === 'secret', user: { username: 'jane' } } },
    }));
    const authenticator = await open(`--authentication-token-webhook-config-file=${peer.kubeConfigFile}`);
    assert.equal(await nameOf(authenticator, 'secret'), 'jane');
    assert.equal(await nameOf(authenticator, 'other'), 'rejected');
    assert.equal((peer.asked[0] as { apiVersion: string }).apiVersion, 'authentication.k8s.io/v1beta1');
    await peer.close();
  });

  for (const [args, message] of [
    [
      ['--oidc-issuer-url=https://a'],
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
    ],
    [
      ['--oidc-groups-claim=g'],
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
    ],
    [
      ['--authentication-config=f', '--oidc-client-id=a'],
      'authentication-config file and oidc-* flags are mutually exclusive',
    ],
  ] as [string[], string][])
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => configOf(valuesOf(...args)), { message });
    });

  for (const [args, message] of [
    [
      ['--oidc-issuer-url=http://a', '--oidc-client-id=a'],
      /jwt\[0\]\.issuer\.url: Invalid value: "http:\/\/a": URL scheme must be https$/,
    ],
    [
      ['--oidc-issuer-url=https://a', '--oidc-client-id=a', '--oidc-signing-algs=HS256'],
      /oidc: unsupported signing alg: "HS256"$/,
    ],
    [
      ['--oidc-issuer-url=https://a', '--oidc-client-id=a', '--oidc-required-claim=x'],
      /malformed pair, expect string=string$/,
    ],
    [
      ['--oidc-issuer-url=https://a', '--oidc-client-id=a', '--service-account-issuer=https://a'],
      /URL must not overlap with disallowed issuers: \[https:\/\/a\]$/,
    ],
    [
      ['--authentication-config=/nowhere'],
      /^failed to load authentication configuration from file "\/nowhere": ENOENT/,
    ],
    [
      ['--authentication-token-webhook-config-file=/nowhere'],
      /^--authentication-token-webhook-config-file: cannot read/,
    ],
  ] as [string[], RegExp][])
    it(`does not start with ${args.join(' ')}`, async () => {
      await assert.rejects(openConfig(valuesOf(...args), deps), { name: 'FlagError', message });
    });
});
