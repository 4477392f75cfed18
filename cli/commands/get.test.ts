import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { deployments } from '../../api/resources/apps/deployment.ts';
import { startTestApiServer, type TestApiServer } from '../../test/support/api-server.ts';
import { createTestCli, type TestCli } from '../../test/support/run-cli.ts';

describe('k8ts get', () => {
  let server: TestApiServer;
  let cli: TestCli;
  before(async () => {
    server = await startTestApiServer();
    cli = createTestCli(server);
    await server.client.create(namespaces, { metadata: { name: 'shop' } });
    for (const [name, tier] of [
      ['settings', 'front'],
      ['others', 'back'],
    ] as const)
      await server.client.create(configMaps, {
        metadata: { namespace: 'shop', name, labels: { tier, 'example.com/part': name } },
        data: { a: '1', b: tier },
      });
    await server.client.create(deployments, {
      metadata: { namespace: 'shop', name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'web', image: 'web:1' }] },
        },
      },
    });
  });
  after(async () => {
    cli.remove();
    await server.stop();
  });
  const get = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli.run(['get', '-n', 'shop', ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  it("prints the server's table", async () => {
    assert.match(await get('deploy'), /^NAME {2,}READY {3}UP-TO-DATE {3}AVAILABLE {3}AGE\nweb {4,}0\/2 .*\n$/);
    assert.match(await get('deploy', 'web', '-o', 'wide'), /CONTAINERS {3}IMAGES {3}SELECTOR\n.*web:1 +app=web\n/);
  });

  for (const [what, args, expected] of [
    ['short names and names', ['cm/settings', '-o', 'name'], 'configmap/settings\n'],
    ['several names', ['configmap', 'settings', 'others', '-o', 'name'], 'configmap/settings\nconfigmap/others\n'],
    ['groups', ['deployments.v1.apps', '-o', 'name'], 'deployment.apps/web\n'],
    ['label selectors', ['cm', '-l', 'tier=back', '-o', 'name'], 'configmap/others\n'],
    ['field selectors', ['cm', '--field-selector', 'metadata.name=others', '-o', 'name'], 'configmap/others\n'],
    ['several resources', ['cm,deploy', '-l', 'tier!=front', '-o', 'name'], 'configmap/others\ndeployment.apps/web\n'],
    [
      'jsonpath',
      ['cm', 'settings', '-o', 'jsonpath={.data.b} {.metadata.labels.example\\.com/part}'],
      'front settings',
    ],
    [
      'ranges of jsonpath',
      ['cm', '-o', 'jsonpath={range .items[*]}{.metadata.name}={.data.a}{"\\n"}{end}'],
      'others=1\nsettings=1\n',
    ],
  ] as const) {
    it(`takes ${what}`, async () => assert.equal(await get(...args), expected));
  }

  it('prints several tables with the kind before names, and all namespaces with theirs', async () => {
    const both = await get('cm,deploy', '--no-headers');
    assert.match(both, /^configmap\/others .*\nconfigmap\/settings .*\n\ndeployment.apps\/web .*\n$/);
    const { stdout } = await cli.run(['get', 'cm', '-A', '--show-labels']);
    assert.match(stdout, /^NAMESPACE +NAME +DATA +AGE +LABELS\n/);
    assert.match(stdout, /\nshop +others +2 +\S+ +example.com\/part=others,tier=back\n/);
  });

  it('prints whole objects as kubectl does, without managedFields', async () => {
    const yaml = await get('cm', 'settings', '-o', 'yaml');
    assert.match(yaml, /^apiVersion: v1\ndata:\n {2}a: "1"\n {2}b: front\nkind: ConfigMap\nmetadata:\n/);
    assert.ok(!yaml.includes('managedFields'));
    const list = JSON.parse(await get('cm', '-o', 'json')) as { kind: string; items: { kind: string }[] };
    assert.deepEqual([list.kind, list.items.map((item) => item.kind)], ['List', ['ConfigMap', 'ConfigMap']]);
  });

  for (const [what, args, stderr] of [
    ['an object that is not there', ['cm', 'none'], 'Error from server (NotFound): configmaps "none" not found\n'],
    ['a resource that is not there', ['nonsense'], `error: the server doesn't have a resource type "nonsense"\n`],
    [
      'a format that is not there',
      ['cm', '-o', 'xml'],
      'error: unable to match a printer suitable for the output format "xml", allowed formats are: json,jsonpath,name,wide,yaml\n',
    ],
  ] as const) {
    it(`words the failure of ${what} as kubectl does`, async () => {
      const run = await cli.run(['get', '-n', 'shop', ...args]);
      assert.deepEqual([run.code, run.stdout, run.stderr], [1, '', stderr]);
    });
  }

  it('says where it found nothing', async () => {
    const run = await cli.run(['get', 'pods', '-n', 'shop']);
    assert.deepEqual([run.code, run.stdout, run.stderr], [0, '', 'No resources found in shop namespace.\n']);
    assert.equal((await cli.run(['get', 'pods', '-A'])).stderr, 'No resources found\n');
    assert.deepEqual(await cli.run(['get', 'cm', 'none', '--ignore-not-found']), { code: 0, stdout: '', stderr: '' });
  });

  it('goes on with changes until it is interrupted', async () => {
    const stop = new AbortController();
    let hasChanged = false;
    const run = await cli.run(['get', '-n', 'shop', 'cm', 'settings', '-w'], {
      signal: stop.signal,
      onStdout: (text) => {
        if (/^NAME[\s\S]*settings +2 /.test(text) && !hasChanged) {
          hasChanged = true;
          const body = { data: { c: '3' } };
          void server.client.patch(configMaps, { namespace: 'shop', name: 'settings' }, { type: 'merge', body });
        }
        if (/settings +3 /.test(text)) stop.abort(new Error('seen'));
      },
    });
    assert.match(run.stdout, /^NAME +DATA +AGE\nsettings +2 .*\nsettings +3 .*\n$/);
  });
});
