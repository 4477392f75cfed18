import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { KubeObject } from '../../api/meta/object.ts';
import { deployments } from '../../api/resources/apps/deployment.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { startTestApiServer, type TestApiServer } from '../../test/support/api-server.ts';
import { createTestCli, type TestCli } from '../../test/support/run-cli.ts';

const at = { namespace: 'shop', name: 'web' };

function manifest(containers: string, data: string): string {
  return `# two documents
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: ${data}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: ${containers}
`;
}

describe('k8ts apply and delete', () => {
  let server: TestApiServer;
  let cli: TestCli;
  before(async () => {
    server = await startTestApiServer();
    cli = createTestCli(server);
    await server.client.create(namespaces, { metadata: { name: 'shop' } });
  });
  after(async () => {
    cli.remove();
    await server.stop();
  });
  const apply = (text: string, ...args: string[]) =>
    cli.run(['apply', '-n', 'shop', '-f', cli.file('all.yaml', text), ...args]);
  const configMap = async () => server.client.get(configMaps, { namespace: 'shop', name: 'settings' });

  it('creates, then finds nothing to do', async () => {
    const text = manifest('[{name: a, image: "a:1"}, {name: b, image: "b:1"}]', '{x: "1", y: "1"}');
    const first = await apply(text);
    assert.deepEqual([first.stdout, first.stderr], ['configmap/settings created\ndeployment.apps/web created\n', '']);
    const second = await apply(text);
    assert.equal(second.stdout, 'configmap/settings unchanged\ndeployment.apps/web unchanged\n');
  });

  it('changes what changed, removes what was taken out, keeps what others have set', async () => {
    const body = { data: { other: 'theirs' } };
    await server.client.patch(configMaps, { namespace: 'shop', name: 'settings' }, { type: 'merge', body });
    await server.client.patch(deployments, at, { type: 'merge', body: { spec: { replicas: 4 } } });
    const { stdout } = await apply(manifest('[{name: b, image: "b:2"}]', '{x: "2"}'));
    assert.equal(stdout, 'configmap/settings configured\ndeployment.apps/web configured\n');
    assert.deepEqual((await configMap()).data, { x: '2', other: 'theirs' });
    const { spec } = await server.client.get(deployments, at);
    assert.deepEqual(
      [spec!.replicas, spec!.template.spec!.containers.map(({ name, image }) => [name, image])],
      [4, [['b', 'b:2']]],
    );
  });

  it('applies on the server, and words conflicts as the server does', async () => {
    const text = manifest('[{name: b, image: "b:3"}]', '{x: "3"}');
    const refused = await apply(text, '--server-side', '--field-manager', 'other');
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: \.data\.x/,
    );
    const forced = await apply(text, '--server-side', '--force-conflicts');
    assert.deepEqual(
      [forced.code, forced.stdout],
      [0, 'configmap/settings serverside-applied\ndeployment.apps/web serverside-applied\n'],
    );
    assert.equal((await configMap()).data!.x, '3');
  });

  it('goes on after an object that is refused, and ends with 1', async () => {
    const text = `apiVersion: v1\nkind: Nonsense\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n`;
    const run = await cli.run(['apply', '-n', 'shop', '-f', '-'], { input: text });
    assert.deepEqual([run.code, run.stdout], [1, 'configmap/good created\n']);
    assert.match(run.stderr, /no matches for kind "Nonsense" in version "v1"\nensure CRDs are installed first/);
    const elsewhere = await cli.run(['apply', '-n', 'shop', '-f', '-'], {
      input: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n',
    });
    assert.match(
      elsewhere.stderr,
      /the namespace from the provided object "default" does not match the namespace "shop"/,
    );
  });

  it('keeps nothing in a dry run', async () => {
    const run = await apply(manifest('[{name: b, image: "b:9"}]', '{x: "9"}'), '--dry-run', 'server');
    assert.match(run.stdout, /configmap\/settings configured \(server dry run\)\n/);
    assert.equal((await configMap()).data!.x, '3');
  });

  it('deletes by name, by label and by file, and waits until the objects are gone', async () => {
    for (const name of ['one', 'two', 'three']) {
      const object: KubeObject = { metadata: { namespace: 'shop', name, labels: { some: 'label' } } };
      await server.client.create(configMaps, object);
    }
    const byName = await cli.run(['delete', '-n', 'shop', 'cm/one']);
    assert.equal(byName.stdout, 'configmap "one" deleted from shop namespace\n');
    const byLabel = await cli.run(['delete', '-n', 'shop', 'cm', '-l', 'some=label', '-o', 'name']);
    assert.equal(byLabel.stdout, 'configmap/three\nconfigmap/two\n');
    const byFile = await cli.run(['delete', '-n', 'shop', '-f', cli.file('all.yaml', manifest('[]', '{}'))]);
    assert.equal(
      byFile.stdout,
      'configmap "settings" deleted from shop namespace\ndeployment.apps "web" deleted from shop namespace\n',
    );
    const gone = await cli.run(['get', '-n', 'shop', 'cm,deploy', '-o', 'name']);
    assert.ok(!/settings|web/.test(gone.stdout), gone.stdout);
  });

  it('deletes nothing by mistake', async () => {
    const run = await cli.run(['delete', '-n', 'shop', 'cm']);
    assert.deepEqual([run.code, run.stderr], [1, 'error: resource(s) were provided, but no name was specified\n']);
    const missing = await cli.run(['delete', '-n', 'shop', 'cm', 'none']);
    assert.deepEqual(
      [missing.code, missing.stderr],
      [1, 'Error from server (NotFound): configmaps "none" not found\n'],
    );
    assert.equal((await cli.run(['delete', '-n', 'shop', 'cm', 'none', '--ignore-not-found'])).code, 0);
  });
});
