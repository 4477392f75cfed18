import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { defineResource, type ResourceRow } from '../../api/resources/define-resource.ts';
import { resources } from '../../api/resources/index.ts';
import { createCodec } from '../../api/schema/codec.ts';
import { loadSchemaTable } from '../../api/schema/schema-table.ts';
import { createDiscovery, type Discovery, type RequestHeaders } from './discovery.ts';
import { compareVersions } from './documents.ts';
import { versionInfo } from './version.ts';

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const codec = createCodec(loadSchemaTable());
const builtIn = resources as readonly ResourceRow[];

function discoveryOf(getRows: () => readonly ResourceRow[] = () => builtIn): Discovery {
  return createDiscovery({ getRows, serverAddress: '10.0.0.1:6443', version: versionInfo('linux', 'x64'), codec });
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- documents are read by path
type Answer = { status: number; headers: Record<string, unknown>; text: string; body: any };

function get(discovery: Discovery, path: string, headers: RequestHeaders = {}, method = 'GET'): Answer {
  const response = discovery.handle({ method, path, headers });
  assert.ok(response?.body.kind === 'bytes', path);
  const text = Buffer.concat(response.body.chunks).toString();
  const isJson = text !== '' && String(response.headers['content-type']).startsWith('application/json');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

const widget = (version: string): ResourceRow =>
  defineResource({
    group: 'example.com',
    version,
    kind: 'Widget',
    plural: 'widgets',
    scope: 'Namespaced',
    typeName: '',
    columns: [],
    shortNames: ['wd'],
    subresources: { status: { kind: 'Widget', verbs: ['get'] } },
  }) as ResourceRow;

describe('discovery', () => {
  const discovery = discoveryOf();

  it('names the versions of the core group and the address of the server', () => {
    assert.deepEqual(get(discovery, '/api').body, {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }],
    });
  });

  it('lists the groups in the order of their priority, the preferred version first', () => {
    const { body } = get(discovery, '/apis');
    const groups = body.groups as {
      name: string;
      versions: { version: string }[];
      preferredVersion: { version: string };
    }[];
    assert.deepEqual(
      groups.slice(0, 3).map((g) => g.name),
      ['apiregistration.k8s.io', 'apps', 'events.k8s.io'],
    );
    assert.equal(groups.length, new Set(builtIn.map((r) => r.group)).size - 1);
    const autoscaling = groups.find((g) => g.name === 'autoscaling')!;
    assert.deepEqual(
      autoscaling.versions.map((v) => v.version),
      ['v2', 'v1'],
    );
    assert.equal(autoscaling.preferredVersion.version, 'v2');
    assert.deepEqual(get(discovery, '/apis/autoscaling').body, { kind: 'APIGroup', apiVersion: 'v1', ...autoscaling });
  });

  it('lists resources with their subresources behind them', () => {
    const { body } = get(discovery, '/api/v1');
    assert.equal(body.apiVersion, undefined);
    const list = body.resources as { name: string }[];
    const at = list.findIndex((r) => r.name === 'pods');
    assert.deepEqual(
      list.slice(at, at + 5).map((r) => r.name),
      ['pods', 'pods/attach', 'pods/binding', 'pods/ephemeralcontainers', 'pods/eviction'],
    );
    assert.deepEqual(list[at + 4], {
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    assert.equal(get(discovery, '/apis/apps/v1/').body.groupVersion, 'apps/v1');
  });

  it('gives the aggregated form to those who ask for it, and tells what they have from what changed', () => {
    const first = get(discovery, '/api', { accept: `${aggregated},application/json` });
    assert.equal(first.headers['content-type'], aggregated);
    assert.equal(first.headers['vary'], 'Accept');
    const pods = first.body.items[0].versions[0].resources.find((r: { resource: string }) => r.resource === 'pods');
    assert.deepEqual(pods.responseKind, { group: '', version: '', kind: 'Pod' });
    assert.deepEqual(
      pods.subresources.find((s: { subresource: string }) => s.subresource === 'eviction').responseKind,
      {
        group: 'policy',
        version: 'v1',
        kind: 'Eviction',
      },
    );
    const again = get(discovery, '/api', { accept: aggregated, 'if-none-match': String(first.headers['etag']) });
    assert.deepEqual([again.status, again.text], [304, '']);
    assert.equal(get(discovery, '/api', { accept: aggregated, 'if-none-match': '"other"' }).status, 200);
  });

  it('negotiates', () => {
    assert.equal(
      get(discovery, '/apis', { accept: aggregated.replace('v=v2', 'v=v9') + ',application/json' }).body.kind,
      'APIGroupList',
    );
    assert.equal(get(discovery, '/apis', { accept: 'text/html, */*;q=0.1' }).body.kind, 'APIGroupList');
    assert.match(
      get(discovery, '/apis/apps', { accept: 'application/yaml' }).text,
      /^apiVersion: v1\nkind: APIGroup\n/,
    );
    for (const [path, accept] of [
      ['/apis', aggregated.replace('v=v2', 'v=v9')],
      ['/apis/apps', aggregated],
      ['/version', 'text/html'],
      ['/version', 'application/vnd.kubernetes.protobuf'],
    ] as const)
      assert.throws(() => get(discovery, path, { accept }), { reason: 'NotAcceptable' });
  });

  it('writes its documents in protobuf', () => {
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const read = (path: string, accept: string): { type: unknown; value: Record<string, unknown> } => {
      const { headers, body } = discovery.handle({ method: 'GET', path, headers: { accept } })!;
      assert.equal(body.kind, 'bytes');
      const bytes = Buffer.concat(body.kind === 'bytes' ? [...body.chunks] : []);
      return { type: headers['content-type'], value: codec.decodeProtobuf(bytes) as Record<string, unknown> };
    };
    for (const path of ['/api', '/apis', '/apis/apps', '/apis/apps/v1', '/api/v1']) {
      const { type, value } = read(path, `${protobuf},application/json`);
      assert.equal(type, protobuf);
      const json = get(discovery, path).body as Record<string, unknown>;
      assert.equal(value['kind'], json['kind']);
      assert.equal(value['apiVersion'] || undefined, json['apiVersion'], 'the core group says no version');
      for (const list of ['groups', 'resources', 'versions'])
        assert.equal((value[list] as unknown[] | undefined)?.length, (json[list] as unknown[] | undefined)?.length);
    }
    const { type, value } = read('/apis', aggregated.replace('application/json', protobuf));
    assert.equal(type, aggregated.replace('application/json', protobuf));
    const [first] = value['items'] as {
      metadata: { name: string };
      versions: { resources: { verbs: string[] }[] }[];
    }[];
    assert.equal(first!.metadata.name, 'apiregistration.k8s.io');
    assert.ok(first!.versions[0]!.resources[0]!.verbs.includes('watch'));
  });

  it('answers what is absent as upstream does', () => {
    assert.deepEqual(
      [get(discovery, '/apis/absent.example.com').status, get(discovery, '/apis/absent.example.com/v1').text],
      [404, '404 page not found\n'],
    );
    assert.throws(() => get(discovery, '/apis/apps/v9'), { reason: 'NotFound', code: 404 });
    for (const path of ['/api/v2', '/api/v1/watch', '/apis/apps/v1/watch'])
      assert.throws(() => get(discovery, path), { reason: 'NotFound' });
    assert.throws(() => get(discovery, '/version', {}, 'POST'), { reason: 'MethodNotAllowed' });
    for (const path of ['/', '/metrics', '/openapi/v3'])
      assert.equal(discovery.handle({ method: 'GET', path, headers: {} }), undefined, path);
  });

  it('says which version it is', () => {
    const { body } = get(discovery, '/version');
    assert.equal(`${body.major}.${body.minor}`, '1.36');
    assert.equal(body.platform, 'linux/amd64');
  });

  it('follows rows that come and go', () => {
    let rows = builtIn;
    const changing = discoveryOf(() => rows);
    const before = get(changing, '/apis', { accept: aggregated });
    assert.equal(get(changing, '/apis/example.com').status, 404);
    rows = [widget('v1beta1'), ...builtIn, widget('v1')];
    const after = get(changing, '/apis', { accept: aggregated });
    assert.notEqual(after.headers['etag'], before.headers['etag']);
    const group = after.body.items.at(-1);
    assert.equal(group.metadata.name, 'example.com');
    assert.deepEqual(
      group.versions.map((v: { version: string }) => v.version),
      ['v1', 'v1beta1'],
    );
    assert.deepEqual(group.versions[0].resources[0].responseKind, {
      group: 'example.com',
      version: 'v1',
      kind: 'Widget',
    });
    assert.equal(get(changing, '/apis/example.com').body.preferredVersion.version, 'v1');
    assert.ok(changing.paths().includes('/apis/example.com/v1'));
    rows = builtIn;
    assert.equal(get(changing, '/apis', { accept: aggregated }).headers['etag'], before.headers['etag']);
  });

  it('orders versions by stability, then number', () => {
    const versions = ['v1alpha1', 'foo10', 'v2', 'v1beta2', 'v10', 'v1', 'v1beta1', 'foo1', 'v12alpha1'];
    assert.deepEqual(
      versions.sort((a, b) => compareVersions(b, a)),
      ['v10', 'v2', 'v1', 'v1beta2', 'v1beta1', 'v12alpha1', 'v1alpha1', 'foo1', 'foo10'],
    );
  });

  it('gives the aggregated document to who takes it, wherever it stands', () => {
    const { headers } = get(discovery, '/apis', { accept: `application/json,${aggregated}` });
    assert.equal(headers['content-type'], aggregated);
    assert.equal(
      get(discovery, '/apis', { accept: `${aggregated.replace('v2', 'v9')},application/json` }).body.kind,
      'APIGroupList',
    );
  });

  for (const path of ['/api', '/api/v1', '/apis/apps/v1', '/version'])
    it(`refuses by its router what ${path} never has`, () => {
      const offered = path === '/version' ? '' : ', application/yaml, application/vnd.kubernetes.protobuf';
      for (const accept of ['text/html', 'application/*'])
        assert.throws(() => get(discovery, path, { accept }), {
          message: `406: Not Acceptable\n\nAvailable representations: application/json${offered}`,
        });
      assert.throws(() => get(discovery, path, {}, 'POST'), { reason: 'MethodNotAllowed' });
    });

  for (const path of ['/apis', '/apis/apps'])
    it(`answers ${path} to any method and wildcard`, () => {
      assert.equal(get(discovery, path, { accept: 'application/*' }, 'POST').status, 200);
      assert.throws(() => get(discovery, path, { accept: 'text/html' }), {
        message:
          'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      });
    });
});
