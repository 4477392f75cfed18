import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { pods } from '../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import {
  startInProcessApiServer,
  type Answer,
  type InProcessApiServer,
} from '../../test/support/in-process-api-server.ts';
import { subresources } from './index.ts';

const namespace = '/api/v1/namespaces/default';
const merge = { 'content-type': 'application/merge-patch+json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };

describe('subresources', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
    await api.client.create(serviceAccounts, { metadata: { namespace: 'default', name: 'default' } });
  });
  after(() => api.stop());

  const createPod = async (name: string, rest: object = {}): Promise<string> => {
    await api.client.create(pods, {
      metadata: { namespace: 'default', name, labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx' }], automountServiceAccountToken: false, ...rest },
    });
    return `${namespace}/pods/${name}`;
  };
  const bind = (path: string, name: string, node: string): Promise<Answer> =>
    api.send('POST', path, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name },
      target: { kind: 'Node', name: node },
    });

  it('have names of their own', () => {
    assert.equal(new Set(subresources.map(({ name, serves }) => (serves ? serves : name))).size, subresources.length);
  });

  it('binding gives a pod its node, once', async () => {
    const path = await createPod('bound');
    assert.deepEqual((await bind(`${path}/binding`, 'bound', 'node1')).status, 201);
    const { body } = await api.send('GET', path);
    assert.equal(body.spec.nodeName, 'node1');
    assert.equal(body.status.conditions.find(({ type }: { type: string }) => type === 'PodScheduled').status, 'True');
    const again = await bind(`${path}/binding`, 'bound', 'node2');
    assert.equal(again.status, 409);
    assert.match(again.body.message, /pod bound is already assigned to node "node1"/);
  });

  const refusedBindings: readonly [name: string, body: object, code: number, message: string][] = [
    ['names another namespace', { metadata: { name: 'p', namespace: 'other' }, target: { name: 'n' } }, 400, 'the namespace of the provided object does not match the namespace sent on the request'], // prettier-ignore
    ['names no pod', { metadata: {}, target: { name: 'n' } }, 400, 'name in URL does not match name in Binding object'],
    ['names nothing to bind to', { metadata: { name: 'p' }, target: { kind: 'Pod' } }, 500, '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]'], // prettier-ignore
  ];
  for (const [name, body, code, message] of refusedBindings) {
    it(`binding refuses what ${name}`, async () => {
      const { status, body: answer } = await api.send('POST', `${namespace}/pods/p/binding`, body);
      assert.deepEqual([status, answer.message], [code, message]);
    });
  }

  it('binding by the collection needs a name', async () => {
    const { body } = await api.send('POST', `${namespace}/bindings`, { metadata: {}, target: { name: 'n' } });
    assert.equal(body.message, 'Name parameter required.');
  });

  it('binding takes the collection too, and refuses gated and missing pods', async () => {
    await createPod('bound-by-list');
    assert.equal((await bind(`${namespace}/bindings`, 'bound-by-list', 'node1')).status, 201);
    const gated = await createPod('gated', { schedulingGates: [{ name: 'example.com/g' }] });
    assert.match((await bind(`${gated}/binding`, 'gated', 'node1')).body.message, /non-empty \.spec\.schedulingGates/);
    assert.equal((await bind(`${namespace}/pods/absent/binding`, 'absent', 'node1')).status, 404);
  });

  it('scale reads and writes replicas', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments/scaled';
    await api.send('POST', '/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'scaled' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'scaled' } },
        template: { metadata: { labels: { app: 'scaled' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
      },
    });
    const { body: scale } = await api.send('GET', `${path}/scale`);
    assert.equal(scale.kind, 'Scale');
    assert.deepEqual(scale.spec, { replicas: 2 });
    assert.equal(scale.status.selector, 'app=scaled');
    const table = await api.send('GET', `${path}/scale`, undefined, {
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    });
    assert.deepEqual(
      table.body.columnDefinitions.map(({ name }: { name: string }) => name),
      ['Name', 'Desired', 'Available', 'Age'],
    );
    assert.deepEqual(table.body.rows[0].cells.slice(0, 3), ['scaled', 2, 0]);
    const put = await api.send('PUT', `${path}/scale`, { ...scale, spec: { replicas: 3 } });
    assert.deepEqual(put.body.spec, { replicas: 3 });
    assert.equal((await api.send('PUT', `${path}/scale`, { ...scale, spec: { replicas: 4 } })).status, 409);
    await api.send('PATCH', `${path}/scale`, { spec: { replicas: 5 } }, merge);
    const { body } = await api.send('GET', path);
    assert.equal(body.spec.replicas, 5);
    assert.equal(body.metadata.generation, 3);
    assert.ok(body.metadata.managedFields.some(({ subresource }: { subresource?: string }) => subresource === 'scale'));
    const negative = await api.send('PATCH', `${path}/scale`, { spec: { replicas: -1 } }, merge);
    assert.match(negative.body.message, /^Scale\.autoscaling "scaled" is invalid: spec\.replicas/);
  });

  it('ephemeral containers may join a pod and then stay', async () => {
    const path = `${await createPod('debugged')}/ephemeralcontainers`;
    const add = (name: string, image: string): Promise<Answer> =>
      api.send('PATCH', path, { spec: { ephemeralContainers: [{ name, image }] } }, strategic);
    const { status, body } = await add('dbg', 'busybox');
    assert.equal(status, 200);
    assert.equal(body.metadata.generation, 2);
    assert.match((await add('dbg', 'other')).body.message, /existing ephemeral containers "dbg" may not be changed/);
  });

  it('status changes nothing but the status', async () => {
    const path = await createPod('reported', { nodeName: 'node1' });
    const patch = { status: { phase: 'Running' }, spec: { nodeName: 'node2' }, metadata: { labels: { a: 'b' } } };
    const { body } = await api.send('PATCH', `${path}/status`, patch, merge);
    assert.equal(body.status.phase, 'Running');
    assert.equal(body.spec.nodeName, 'node1');
    assert.equal((await api.send('DELETE', `${path}/status`)).status, 405);
    assert.equal((await api.send('GET', `${namespace}/configmaps/x/status`)).status, 404);
  });

  it('log is text, and objects only where it fails', async () => {
    const path = await createPod('silent');
    for (const accept of ['text/plain', 'application/json', '*/*'])
      assert.equal((await api.send('GET', `${path}/log`, undefined, { accept })).status, 204, accept);
    const { status, body } = await api.send('GET', `${path}/log`, undefined, { accept: 'text/html' });
    assert.equal(status, 406);
    assert.match(body.message, /Available representations: text\/plain, application\/json, /);
  });

  it('finalize is only written', async () => {
    assert.equal((await api.send('GET', `${namespace}/finalize`)).status, 405);
  });
});
