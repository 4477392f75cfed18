import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { defineResource, type ResourceRow } from '../../api/resources/define-resource.ts';
import { resources } from '../../api/resources/index.ts';
import { loadSchemaTable } from '../../api/schema/schema-table.ts';
import { systemClock } from '../../component/clock.ts';
import { createOpenApi, type OpenApi, type OpenApiOptions } from './openapi.ts';

const builtIn = resources as readonly ResourceRow[];
const table = loadSchemaTable();

const openApi = (more: Partial<OpenApiOptions> = {}): OpenApi =>
  createOpenApi({
    getRows: () => builtIn,
    table,
    gitVersion: 'v1.36.3',
    deps: { clock: systemClock },
    descriptions: () => ({}),
    ...more,
  });

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- documents are read by path
type Answer = { status: number; headers: Record<string, unknown>; body: any };

async function get(api: OpenApi, url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const response = await api.handle({ path: pathname, query: searchParams, headers });
  assert.ok(response?.body.kind === 'bytes', url);
  const text = Buffer.concat(response.body.chunks).toString();
  const isJson = text !== '' && response.headers['content-type'] === 'application/json';
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

const urlOf = async (api: OpenApi, document: string): Promise<string> =>
  (await get(api, '/openapi/v3')).body.paths[document].serverRelativeURL as string;

/** Every `$ref` of a document. */
function refs(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) value.forEach((v) => refs(v, found));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, v] of Object.entries(value)) {
      if (key === '$ref' && typeof v === 'string') found.add(v);
      else refs(v, found);
    }
  }
  return found;
}

describe('OpenAPI', () => {
  const api = openApi();

  it('v3 has an index with one document a group and version', async () => {
    const { paths } = (await get(api, '/openapi/v3')).body;
    const wanted = new Set(builtIn.map((r) => (r.group === '' ? `api/${r.version}` : `apis/${r.group}/${r.version}`)));
    for (const name of wanted) assert.ok(name in paths, name);
    assert.match(paths['api/v1'].serverRelativeURL, /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]+$/);
  });

  it('v3 documents hold what their paths need, and no more', async () => {
    const { body } = await get(api, await urlOf(api, 'apis/apps/v1'));
    assert.equal(body.openapi, '3.0.0');
    const schemas = Object.keys(body.components.schemas);
    const used = [...refs(body)].map((r) => r.replace('#/components/schemas/', ''));
    assert.deepEqual(used.sort(), schemas.sort());
    assert.ok(schemas.includes('io.k8s.api.core.v1.PodSpec'));
    assert.ok(!schemas.includes('io.k8s.api.core.v1.Node'));
  });

  it('describes operations by rule', async () => {
    const { paths } = (await get(api, await urlOf(api, 'api/v1'))).body;
    const ids = (path: string): Record<string, string> =>
      Object.fromEntries(
        Object.entries(paths[path] as Record<string, { operationId?: string }>)
          .filter(([, o]) => o.operationId)
          .map(([method, o]) => [method, o.operationId!]),
      );
    assert.deepEqual(ids('/api/v1/namespaces/{namespace}/pods'), {
      get: 'listCoreV1NamespacedPod',
      post: 'createCoreV1NamespacedPod',
      delete: 'deleteCoreV1CollectionNamespacedPod',
    });
    assert.deepEqual(ids('/api/v1/namespaces/{namespace}/pods/{name}'), {
      get: 'readCoreV1NamespacedPod',
      put: 'replaceCoreV1NamespacedPod',
      delete: 'deleteCoreV1NamespacedPod',
      patch: 'patchCoreV1NamespacedPod',
    });
    assert.deepEqual(ids('/api/v1/pods'), { get: 'listCoreV1PodForAllNamespaces' });
    assert.deepEqual(ids('/api/v1/watch/pods'), { get: 'watchCoreV1PodListForAllNamespaces' });
    assert.deepEqual(ids('/api/v1/namespaces/{namespace}/pods/{name}/exec'), {
      get: 'connectCoreV1GetNamespacedPodExec',
      post: 'connectCoreV1PostNamespacedPodExec',
    });
    assert.equal(ids('/api/v1/nodes/{name}/proxy/{path}')['head'], 'connectCoreV1HeadNodeProxyWithPath');
    const scale = (await get(api, await urlOf(api, 'apis/apps/v1'))).body.paths[
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'
    ].put;
    assert.equal(scale.operationId, 'replaceAppsV1NamespacedDeploymentScale');
    assert.deepEqual(scale['x-kubernetes-group-version-kind'], { group: 'autoscaling', version: 'v1', kind: 'Scale' });
  });

  it('tells kubectl that patches validate fields', async () => {
    const { patch } = (await get(api, await urlOf(api, 'api/v1'))).body.paths[
      '/api/v1/namespaces/{namespace}/pods/{name}'
    ];
    assert.equal(patch['x-kubernetes-action'], 'patch');
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: '', version: 'v1', kind: 'Pod' });
    assert.ok(patch.parameters.some((p: { name: string }) => p.name === 'fieldValidation'));
    assert.ok('application/strategic-merge-patch+json' in patch.requestBody.content);
  });

  it('gives every operation of a document its own id', async () => {
    const { paths } = (await get(api, '/openapi/v2')).body as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const ids = Object.values(paths).flatMap((item) => Object.values(item).flatMap((o) => o.operationId ?? []));
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length > 800);
  });

  it('v2 holds the whole API, every reference resolved', async () => {
    const { body } = await get(api, '/openapi/v2');
    assert.equal(body.swagger, '2.0');
    for (const ref of refs(body)) assert.ok(ref.replace('#/definitions/', '') in body.definitions, ref);
    const { containers } = body.definitions['io.k8s.api.core.v1.PodSpec'].properties;
    assert.equal(containers['x-kubernetes-patch-merge-key'], 'name');
    assert.deepEqual(body.definitions['io.k8s.api.core.v1.Pod']['x-kubernetes-group-version-kind'], [
      { group: '', kind: 'Pod', version: 'v1' },
    ]);
  });

  it('writes schemas as each version wants them', async () => {
    const v3 = (await get(api, await urlOf(api, 'api/v1'))).body.components.schemas;
    assert.deepEqual(v3['io.k8s.apimachinery.pkg.util.intstr.IntOrString'], {
      oneOf: [{ type: 'integer' }, { type: 'string' }],
      format: 'int-or-string',
    });
    assert.deepEqual(v3['io.k8s.api.core.v1.Container'].properties.resources, {
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.ResourceRequirements' }],
      default: {},
    });
    assert.deepEqual(v3['io.k8s.api.core.v1.Secret'].properties.data, {
      type: 'object',
      additionalProperties: { type: 'string', format: 'byte' },
    });
    const v2 = (await get(api, '/openapi/v2')).body.definitions;
    assert.deepEqual(v2['io.k8s.apimachinery.pkg.util.intstr.IntOrString'], {
      type: 'string',
      format: 'int-or-string',
    });
    assert.deepEqual(v2['io.k8s.api.core.v1.Container'].properties.resources, {
      $ref: '#/definitions/io.k8s.api.core.v1.ResourceRequirements',
    });
  });

  it('carries words where there are some, and never those of a type with its field too', async () => {
    const pod = 'io.k8s.api.core.v1.Pod';
    const wordy = openApi({
      descriptions: () => ({
        [pod]: { description: 'A pod.', fields: { kind: 'A kind.' } },
        'io.k8s.api.core.v1.PodSpec': { description: 'A spec.' },
      }),
    });
    const schema = (await get(wordy, await urlOf(wordy, 'api/v1'))).body.components.schemas[pod];
    assert.equal(schema.description, 'A pod.');
    assert.equal(schema.properties.kind.description, 'A kind.');
    // Who explains a field prints both its words and those of its type.
    assert.equal(schema.properties.spec.description, 'What the pod should be.');
    assert.notEqual(await urlOf(wordy, 'api/v1'), await urlOf(api, 'api/v1'));
  });

  it('lets clients keep what does not change', async () => {
    const url = await urlOf(api, 'api/v1');
    const first = await get(api, url);
    assert.match(String(first.headers['cache-control']), /immutable/);
    assert.equal((await get(api, url, { 'if-none-match': String(first.headers['etag']) })).status, 304);
    const index = await get(api, '/openapi/v3');
    assert.equal((await get(api, '/openapi/v3', { 'if-none-match': String(index.headers['etag']) })).status, 304);
    const old = await get(api, '/openapi/v3/api/v1?hash=OLD');
    assert.deepEqual([old.status, old.headers['location']], [301, url]);
    assert.equal((await get(api, '/openapi/v3/api/v1')).headers['cache-control'], undefined);
  });

  it('answers no other paths and formats', async () => {
    assert.equal(api.handle({ path: '/api', query: new URLSearchParams(), headers: {} }), undefined);
    assert.equal((await get(api, '/openapi/v3/absent')).status, 404);
    assert.equal((await get(api, '/openapi')).status, 404);
    assert.equal((await get(api, '/openapi/v2', { accept: 'text/html' })).status, 406);
    assert.equal((await get(api, '/openapi/v3/api/v1', { accept: 'text/html' })).status, 406);
    assert.equal((await get(api, '/openapi/v2', { accept: 'text/html,application/json' })).status, 200);
  });

  it('is there in protobuf under the name of today, asked for by an old one too', async () => {
    for (const version of ['v2', 'v3']) {
      const path = version === 'v2' ? '/openapi/v2' : '/openapi/v3/apis/apps/v1';
      const old = `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`;
      const { headers } = await get(api, path, { accept: `${old}, */*` });
      assert.equal(headers['content-type'], `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`);
      assert.match(String(headers['etag']), /^"[0-9A-F]+"$/);
    }
  });

  it('follows custom resources', async () => {
    const widget = defineResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Widget',
      plural: 'widgets',
      scope: 'Namespaced',
      typeName: '',
      columns: [],
    }) as ResourceRow;
    let rows = builtIn;
    let size = 'integer';
    const api = openApi({
      getRows: () => rows,
      customSchema: (row) =>
        row.kind === 'Widget'
          ? { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: size } } } } }
          : undefined,
    });
    assert.equal('apis/example.com/v1' in (await get(api, '/openapi/v3')).body.paths, false);
    rows = [...builtIn, widget];
    const url = await urlOf(api, 'apis/example.com/v1');
    const { body } = await get(api, url);
    const schema = body.components.schemas['com.example.v1.Widget'];
    assert.equal(schema.properties.spec.properties.size.type, 'integer');
    assert.deepEqual(schema['x-kubernetes-group-version-kind'], [
      { group: 'example.com', kind: 'Widget', version: 'v1' },
    ]);
    assert.equal(
      body.paths['/apis/example.com/v1/namespaces/{namespace}/widgets'].get.operationId,
      'listExampleComV1NamespacedWidget',
    );
    for (const ref of refs(body)) assert.ok(ref.replace('#/components/schemas/', '') in body.components.schemas, ref);
    const v2 = (await get(api, '/openapi/v2')).body;
    for (const ref of refs(v2)) assert.ok(ref.replace('#/definitions/', '') in v2.definitions, ref);
    size = 'string';
    rows = [...rows];
    assert.notEqual(await urlOf(api, 'apis/example.com/v1'), url);
  });
});
