import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createFakeClock } from '../component/fake-clock.ts';
import { toYaml } from '../component/yaml.ts';
import {
  connectionOf,
  inClusterConnection,
  loadKubeconfig,
  parseKubeconfig,
  type ConnectionChoice,
} from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function file(
  user: Record<string, unknown> = {},
  cluster: Record<string, unknown> = {},
  context: Record<string, unknown> = {},
): string {
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'x',
  });
}

describe('kubeconfig', () => {
  let folder: string;
  const clock = createFakeClock();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-kubeconfig-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const connect = (text: string, choice: ConnectionChoice = {}) =>
    connectionOf(parseKubeconfig(text, join(folder, 'config')), choice, { clock });

  describe('a connection', () => {
    it('has the server, its authority and the namespace of the context', async () => {
      const text = file(
        {},
        { 'certificate-authority-data': base64('PEM'), 'tls-server-name': 'kubernetes' },
        { namespace: 'ns' },
      );
      const { credentials, ...connection } = await connect(text);
      assert.deepEqual(connection, {
        server: 'https://10.0.0.1:6443',
        certificateAuthority: 'PEM',
        insecureSkipTlsVerify: undefined,
        tlsServerName: 'kubernetes',
        namespace: 'ns',
      });
      assert.deepEqual(await credentials.get(), {});
    });

    it('takes certificates from the file or from files beside it', async () => {
      await writeFile(join(folder, 'ca.crt'), 'CA');
      await writeFile(join(folder, 'u.crt'), 'CRT');
      const text = file(
        { 'client-certificate': 'u.crt', 'client-key-data': base64('KEY') },
        { 'certificate-authority': 'ca.crt' },
      );
      const connection = await connect(text);
      assert.equal(connection.certificateAuthority, 'CA');
      assert.deepEqual(await connection.credentials.get(), { certificate: 'CRT', key: 'KEY' });
      await writeFile(join(folder, 'u.crt'), 'RENEWED');
      await clock.advance(60_000);
      assert.equal((await connection.credentials.get()).certificate, 'RENEWED');
    });

    for (const [name, user, headers] of [
      ['a token', { token: 't' }, { authorization: 'Bearer t' }],
      ['a name and a password', { username: 'me', password: 'pw' }, { authorization: `Basic ${base64('me:pw')}` }],
      [
        'somebody to act as',
        { token: 't', as: 'jane', 'as-groups': ['a', 'b'], 'as-uid': '7', 'as-user-extra': { 'Some/Key': ['v'] } },
        {
          authorization: 'Bearer t',
          'impersonate-user': 'jane',
          'impersonate-uid': '7',
          'impersonate-group': ['a', 'b'],
          'impersonate-extra-some%2fkey': ['v'],
        },
      ],
    ] as const) {
      it(`knows ${name}`, async () => {
        assert.deepEqual((await (await connect(file(user))).credentials.get()).headers, headers);
      });
    }

    it('prefers a token file to a token', async () => {
      await writeFile(join(folder, 'token'), 'from-file\n');
      const { credentials } = await connect(file({ token: 't', tokenFile: 'token' }));
      assert.deepEqual((await credentials.get()).headers, { authorization: 'Bearer from-file' });
    });

    it('follows what the caller chooses', async () => {
      const text = toYaml({
        clusters: [
          { name: 'a', cluster: { server: 'https://a' } },
          { name: 'b', cluster: { server: 'https://b' } },
        ],
        users: [
          { name: 'u', user: { token: 'u' } },
          { name: 'v', user: { token: 'v' } },
        ],
        contexts: [
          { name: 'x', context: { cluster: 'a', user: 'u' } },
          { name: 'y', context: { cluster: 'b' } },
        ],
        'current-context': 'x',
      });
      assert.equal((await connect(text)).server, 'https://a');
      assert.equal((await connect(text, { context: 'y' })).server, 'https://b');
      assert.equal((await connect(text, { cluster: 'b', namespace: 'z' })).namespace, 'z');
      assert.equal((await connect(text, { server: '127.0.0.1:8080' })).server, 'http://127.0.0.1:8080');
      const chosen = await connect(text, { context: 'y', user: 'v' });
      assert.deepEqual((await chosen.credentials.get()).headers, { authorization: 'Bearer v' });
    });

    for (const [name, text, choice, message] of [
      ['an unknown context', file(), { context: 'no' }, /context "no" does not exist/],
      ['an unknown cluster', file({}, {}, { cluster: 'no' }), {}, /cluster "no" does not exist/],
      ['an unknown user', file({}, {}, { user: 'no' }), {}, /user "no" does not exist/],
      ['no context at all', '{}', {}, /no server is configured/],
      [
        'an address that is none',
        file({}, { server: 'https://a b' }),
        {},
        /not the address of a server: https:\/\/a b/,
      ],
      ['a proxy', file({}, { 'proxy-url': 'http://p' }), {}, /proxy-url is not supported/],
    ] as const) {
      it(`fails clearly for ${name}`, () => assert.rejects(connect(text, choice), message));
    }
  });

  describe('loading', () => {
    it('takes the one file that is given, which must exist', async () => {
      const path = join(folder, 'a');
      await writeFile(path, file());
      assert.equal((await loadKubeconfig({ path, env: { KUBECONFIG: '/nowhere' } })).currentContext, 'x');
      await assert.rejects(loadKubeconfig({ path: join(folder, 'b') }), /cannot read kubeconfig .*\/b: ENOENT/);
    });

    it('merges the files of KUBECONFIG, the first that names a thing winning', async () => {
      await mkdir(join(folder, 'sub'));
      await writeFile(join(folder, 'one'), toYaml({ users: [{ name: 'u', user: { token: 'one' } }] }));
      await writeFile(
        join(folder, 'sub', 'two'),
        file({ token: 'two', tokenFile: 't' }, { 'certificate-authority': 'ca' }),
      );
      const env = { KUBECONFIG: [join(folder, 'one'), join(folder, 'missing'), join(folder, 'sub', 'two')].join(':') };
      const merged = await loadKubeconfig({ env });
      assert.equal(merged.users.get('u')?.token, 'one');
      assert.equal(merged.users.get('u')?.tokenFile, undefined);
      assert.equal(merged.clusters.get('c')?.['certificate-authority'], join(folder, 'sub', 'ca'));
      assert.equal(merged.currentContext, 'x');
    });

    it('falls back to the one in the home folder, or to nothing', async () => {
      assert.equal((await loadKubeconfig({ env: { HOME: folder } })).contexts.size, 0);
      await mkdir(join(folder, '.kube'));
      await writeFile(join(folder, '.kube', 'config'), file());
      assert.equal((await loadKubeconfig({ env: { HOME: folder } })).contexts.size, 1);
    });

    for (const [name, text] of [
      ['no YAML', 'a: ['],
      ['a list', '[]'],
      ['an entry without a name', 'users: [{user: {}}]'],
    ] as const) {
      it(`says which file is wrong: ${name}`, () => {
        assert.throws(() => parseKubeconfig(text, '/some/config'), /^Error: cannot read kubeconfig \/some\/config: /);
      });
    }
  });

  describe('in a cluster', () => {
    it('connects with what is mounted into the pod', async () => {
      await writeFile(join(folder, 'token'), 'tok');
      await writeFile(join(folder, 'ca.crt'), 'CA');
      await writeFile(join(folder, 'namespace'), 'kube-system\n');
      const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
      const connection = await inClusterConnection({ clock }, { env, folder });
      assert.equal(connection?.server, 'https://[fd00::1]:443');
      assert.equal(connection?.certificateAuthority, 'CA');
      assert.equal(connection?.namespace, 'kube-system');
      assert.deepEqual((await connection.credentials.get()).headers, { authorization: 'Bearer tok' });
    });

    it('is not found elsewhere', async () => {
      assert.equal(await inClusterConnection({ clock }, { env: {}, folder }), undefined);
    });
  });

  describe('an exec plugin', () => {
    async function plugin(script: string, more: Record<string, unknown> = {}) {
      await writeFile(join(folder, 'plugin'), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, 'plugin'), 0o755);
      const exec = {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: './plugin',
        interactiveMode: 'Never',
        ...more,
      };
      return (await connect(file({ exec }))).credentials;
    }
    const answer = (status: Record<string, unknown>): string =>
      JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status });

    it('gives a token, with its arguments and environment, and is not run again', async () => {
      const credentials = await plugin(
        `echo run >> ${folder}/runs; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$1-$EXTRA'"}}'`,
        { args: ['arg'], env: [{ name: 'EXTRA', value: 'env' }] },
      );
      const [one, two] = await Promise.all([credentials.get(), credentials.get()]);
      assert.deepEqual(one.headers, { authorization: 'Bearer arg-env' });
      assert.deepEqual(two, one);
      assert.deepEqual(await credentials.get(), one);
      assert.equal(await readFile(join(folder, 'runs'), 'utf8'), 'run\n');
    });

    it('is told what is wanted', async () => {
      const credentials = await plugin(
        `printf '%s' "$KUBERNETES_EXEC_INFO" > ${folder}/info; echo '${answer({ token: 't' })}'`,
        { provideClusterInfo: true },
      );
      await credentials.get();
      const info = JSON.parse(await readFile(join(folder, 'info'), 'utf8')) as {
        kind: string;
        spec: { cluster: object; interactive: boolean };
      };
      assert.equal(info.kind, 'ExecCredential');
      assert.deepEqual(info.spec, { cluster: { server: 'https://10.0.0.1:6443' }, interactive: false });
    });

    it('is run again when what it gave has expired, or was not good', async () => {
      const at = (seconds: number) => new Date(clock.now() + seconds * 1000).toISOString();
      const credentials = await plugin(
        `n=$(cat ${folder}/n 2>/dev/null || echo 0); echo $((n+1)) > ${folder}/n
         echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$n'","expirationTimestamp":"${at(60)}"}}'`,
      );
      const token = async () => (await credentials.get()).headers?.authorization;
      assert.equal(await token(), 'Bearer 0');
      assert.equal(await token(), 'Bearer 0');
      credentials.rejected?.();
      assert.equal(await token(), 'Bearer 1');
      await clock.advance(60_000);
      assert.equal(await token(), 'Bearer 2');
    });

    it('may give a client certificate', async () => {
      const credentials = await plugin(`echo '${answer({ clientCertificateData: 'CRT', clientKeyData: 'KEY' })}'`);
      assert.deepEqual(await credentials.get(), { certificate: 'CRT', key: 'KEY' });
    });

    for (const [name, script, more, message] of [
      ['fails', 'echo "please log in" >&2; exit 3', {}, /plugin: please log in$/],
      ['answers nonsense', 'echo hello', {}, /plugin: the answer is not JSON$/],
      ['answers another kind', `echo '{"kind":"Pod","apiVersion":"v1"}'`, {}, /answered v1 Pod, not/],
      ['gives nothing', `echo '${answer({})}'`, {}, /gave neither token nor certificate/],
      [
        'is not there',
        '',
        { command: 'no-such-plugin', installHint: 'install it' },
        /no-such-plugin: .*ENOENT; install it/,
      ],
      ['speaks another version', '', { apiVersion: 'x/v1' }, /unknown apiVersion x\/v1/],
      ['must ask questions', '', { interactiveMode: 'Always' }, /wants to ask questions/],
    ] as const) {
      it(`that ${name} fails the request with one clear line`, async () => {
        const credentials = await plugin(script, more);
        await assert.rejects(async () => credentials.get(), message);
      });
    }
  });
});
