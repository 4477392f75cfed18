import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { ApiError, hasReason, modified } from '../../../api/meta/errors.ts';
import { configMaps } from '../../../api/resources/core/config-map.ts';
import { persistentVolumeClaims } from '../../../api/resources/core/persistent-volume-claim.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import { resourceQuotas } from '../../../api/resources/core/resource-quota.ts';
import { services } from '../../../api/resources/core/service.ts';
import type { KubeObject } from '../../../api/meta/object.ts';
import type { Pod, ResourceQuota } from '../../../api/schema/generated/core-v1.ts';
import type { Client } from '../../../client/client.ts';
import { admissionRequest, createAdmissionDeps, run, type TestAdmissionDeps } from '../../../test/support/admission.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { createResourceQuota } from './resource-quota.ts';

type Hard = Record<string, string>;

describe('ResourceQuota', () => {
  let deps: TestAdmissionDeps;
  let plugin: AdmissionPlugin;
  let updates: number;
  /** Called before each update of a status, as another server would come in between. */
  let meddle: (() => void) | undefined;

  beforeEach(() => {
    updates = 0;
    meddle = undefined;
    const client: Partial<Client> = {
      update: (async (_ref: unknown, object: ResourceQuota) => {
        await Promise.resolve();
        meddle?.();
        updates++;
        const at = { namespace: object.metadata.namespace, name: object.metadata.name! };
        const current = deps.cache.get(resourceQuotas, at)!;
        if (current.metadata.resourceVersion !== object.metadata.resourceVersion)
          throw modified(resourceQuotas, at.name);
        return deps.cache.put(resourceQuotas, object);
      }) as unknown as Client['update'],
    };
    deps = createAdmissionDeps({ client });
    plugin = createResourceQuota(deps);
  });

  const put = (name: string, hard: Hard, used: Hard, spec: ResourceQuota['spec'] = {}): ResourceQuota =>
    deps.cache.put(resourceQuotas, {
      metadata: { namespace: 'a', name },
      spec: { hard, ...spec },
      status: { hard, used },
    });
  const usedOf = (name: string): unknown => deps.cache.get(resourceQuotas, { namespace: 'a', name })!.status!.used;
  const create = (
    row: { readonly kind: string },
    object: KubeObject,
    more: Partial<AdmissionRequest> = {},
  ): Promise<void> => run(plugin, admissionRequest(row, object, more));
  const pod = (name: string, cpu?: string, more: Partial<Pod['spec'] & object> = {}): Pod => ({
    metadata: { namespace: 'a', name },
    spec: { containers: [{ name: 'c', ...(cpu ? { resources: { requests: { cpu } } } : {}) }], ...more },
  });

  it('lets everything in where there is no quota', async () => {
    await create(pods, pod('p'));
    assert.equal(updates, 0);
  });

  it('counts until there is no more room', async () => {
    put('q', { pods: '2', 'requests.cpu': '1' }, { pods: '0', 'requests.cpu': '0' });
    await create(pods, pod('a', '400m'));
    assert.deepEqual(usedOf('q'), { pods: '1', 'requests.cpu': '400m' });
    await assert.rejects(() => create(pods, pod('b', '700m')), {
      message:
        'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=700m, used: requests.cpu=400m, limited: requests.cpu=1',
    });
    await create(pods, pod('b', '600m'));
    assert.deepEqual(usedOf('q'), { pods: '2', 'requests.cpu': '1' });
    await assert.rejects(
      () => create(pods, pod('c', '1m')),
      /requested: pods=1,requests.cpu=1m, used: pods=2,requests.cpu=1/,
    );
  });

  it('wants containers to say what is limited', async () => {
    put('q', { cpu: '1', 'limits.memory': '1Gi' }, { cpu: '0', 'limits.memory': '0' });
    await assert.rejects(() => create(pods, pod('p')), {
      message: 'pods "p" is forbidden: failed quota: q: must specify cpu for: c; limits.memory for: c',
    });
  });

  it('waits for somebody to count what is there', async () => {
    put('q', { pods: '1' }, {});
    await assert.rejects(() => create(pods, pod('p')), /status unknown for quota: q, resources: pods/);
  });

  it('never gives away more than there is, however many ask at once', async () => {
    put('q', { pods: '5' }, { pods: '0' });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => create(pods, pod(`p${i}`))));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 5);
    assert.deepEqual(usedOf('q'), { pods: '5' });
    assert.ok(updates <= 3, `one update for all that wait together, not ${updates}`);
  });

  it('starts over when another server was faster', async () => {
    put('q', { pods: '2' }, { pods: '0' });
    meddle = () => {
      meddle = undefined;
      put('q', { pods: '2' }, { pods: '1' });
    };
    await create(pods, pod('a'));
    assert.deepEqual(usedOf('q'), { pods: '2' });
    meddle = () => void put('q', { pods: '9' }, { pods: '0' });
    await assert.rejects(
      () => create(pods, pod('b')),
      (error) => error instanceof ApiError,
    );
  });

  it('sees its own writes before the cache does', async () => {
    put('q', { pods: '2' }, { pods: '0' });
    const stale = deps.cache.get(resourceQuotas, { namespace: 'a', name: 'q' });
    await create(pods, pod('a'));
    deps.cache.list = (() => [stale]) as unknown as typeof deps.cache.list;
    await create(pods, pod('b'));
    await assert.rejects(
      () => create(pods, pod('c')),
      (error) => hasReason(error, 'Forbidden'),
    );
    assert.equal(updates, 2);
  });

  it('holds a dry run against the numbers and leaves none', async () => {
    put('q', { pods: '1' }, { pods: '0' });
    await create(pods, pod('a'), { dryRun: true });
    assert.deepEqual(usedOf('q'), { pods: '0' });
    await create(pods, pod('a'));
    await assert.rejects(() => create(pods, pod('b'), { dryRun: true }), /exceeded quota/);
  });

  it('applies scopes', async () => {
    const one = { pods: '1' };
    put('effort', one, { pods: '1' }, { scopes: ['BestEffort'] });
    put('deadline', one, { pods: '1' }, { scopes: ['Terminating'] });
    put(
      'class',
      one,
      { pods: '1' },
      {
        scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['hi'] }] },
      },
    );
    await create(pods, pod('a', '1'));
    await assert.rejects(() => create(pods, pod('a')), /exceeded quota: effort/);
    await assert.rejects(() => create(pods, pod('a', '1', { activeDeadlineSeconds: 5 })), /exceeded quota: deadline/);
    await assert.rejects(() => create(pods, pod('a', '1', { priorityClassName: 'hi' })), /exceeded quota: class/);
    const oldObject = { ...pod('a', '1'), kind: 'Pod' } as AdmissionRequest['oldObject'];
    const later = pod('a', '1', { activeDeadlineSeconds: 5 });
    await assert.rejects(() => create(pods, later, { operation: 'UPDATE', oldObject }), /exceeded quota: deadline/);
  });

  it('credits nothing to who gives something back', async () => {
    put('q', { 'services.nodeports': '5', services: '5' }, { 'services.nodeports': '2', services: '1' });
    const service = (type: string): KubeObject =>
      ({ metadata: { namespace: 'a', name: 's' }, spec: { type, ports: [{ port: 1 }, { port: 2 }] } }) as KubeObject;
    const oldObject = service('NodePort') as never;
    await create(services, service('ClusterIP'), { operation: 'UPDATE', oldObject });
    assert.deepEqual(usedOf('q'), { 'services.nodeports': '2', services: '1' });
    assert.equal(updates, 0);
  });

  it('counts services, claims and any other object', async () => {
    put(
      'q',
      {
        services: '9',
        'services.nodeports': '2',
        'requests.storage': '10Gi',
        'count/configmaps': '1',
        'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
      },
      {
        services: '0',
        'services.nodeports': '0',
        'requests.storage': '0',
        'count/configmaps': '0',
        'gold.storageclass.storage.k8s.io/requests.storage': '0',
      },
    );
    const ports = [{ port: 1 }, { port: 2 }];
    await create(services, {
      metadata: { namespace: 'a', name: 's' },
      spec: { type: 'NodePort', ports },
    } as KubeObject);
    const claim = (storageClassName: string, storage: string): KubeObject =>
      ({
        metadata: { namespace: 'a', name: 'v' },
        spec: { storageClassName, resources: { requests: { storage } } },
      }) as KubeObject;
    await create(persistentVolumeClaims, claim('plain', '5Gi'));
    await assert.rejects(
      () => create(persistentVolumeClaims, claim('gold', '2Gi')),
      /gold.storageclass.storage.k8s.io/,
    );
    await create(configMaps, { metadata: { namespace: 'a', name: 'c' } });
    await assert.rejects(() => create(configMaps, { metadata: { namespace: 'a', name: 'd' } }), /count\/configmaps=1/);
    const grown = { operation: 'UPDATE', oldObject: claim('plain', '5Gi') as never } as const;
    await assert.rejects(() => run(plugin, admissionRequest(persistentVolumeClaims, claim('plain', '11Gi'), grown)), {
      message:
        'persistentvolumeclaims "v" is forbidden: exceeded quota: q, requested: requests.storage=6Gi, used: requests.storage=5Gi, limited: requests.storage=10Gi',
    });
    assert.deepEqual(usedOf('q'), {
      services: '1',
      'services.nodeports': '2',
      'requests.storage': '5Gi',
      'count/configmaps': '1',
      'gold.storageclass.storage.k8s.io/requests.storage': '0',
    });
  });
});
