import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { hasReason } from '../../api/meta/errors.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import { deployments } from '../../api/resources/apps/deployment.ts';
import { replicaSets } from '../../api/resources/apps/replica-set.ts';
import { jobs } from '../../api/resources/batch/job.ts';
import { leases } from '../../api/resources/coordination/lease.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { apiVersionOf, type ResourceRef } from '../../api/resources/define-resource.ts';
import type { Deployment } from '../../api/schema/generated/apps-v1.ts';
import type { Job, JobSpec } from '../../api/schema/generated/batch-v1.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { formatTime } from '../../api/meta/time.ts';
import { controllers } from '../../controllers/index.ts';
import { eventually } from '../support/eventually.ts';
import { startTestControllers, type TestControllers } from '../support/controllers.ts';

const soon = { timeoutMs: 15_000, everyMs: 20 };

describe('controllers with an API server', function () {
  this.timeout(60_000);
  let cluster: TestControllers;
  let client: Client;

  before(async () => {
    cluster = await startTestControllers(controllers);
    client = cluster.client;
  });
  after(() => cluster?.stop());

  const makeNamespace = async (name: string): Promise<string> => {
    await client.create(namespaces, { metadata: { name } });
    return name;
  };
  const isGone = async <T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string): Promise<boolean> =>
    client.get(ref, { namespace, name }).then(
      () => false,
      (error: unknown) => {
        if (hasReason(error, 'NotFound')) return true;
        throw error;
      },
    );
  const podsOf = async (namespace: string): Promise<Pod[]> =>
    (await client.list(pods, { namespace })).items.filter((pod) => pod.metadata.deletionTimestamp === undefined);

  /** What a kubelet would say of every pod that is not ready yet. */
  const makeReady = async (namespace: string): Promise<void> => {
    for (const pod of await podsOf(namespace)) {
      if (pod.status?.conditions?.some(({ type }) => type === 'Ready')) continue;
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now() }];
      const body = { status: { phase: 'Running', conditions } };
      const at = { namespace, name: pod.metadata.name! };
      await client.patch(pods, at, { type: 'merge', body }, { subresource: 'status' }).catch((error: unknown) => {
        if (!hasReason(error, 'NotFound')) throw error;
      });
    }
  };

  describe('of deployments', () => {
    const namespace = 'rollouts';
    const at = { namespace, name: 'web' };
    before(() => makeNamespace(namespace));

    it('makes pods, and tells once they are available', async () => {
      await client.create(deployments, deployment(namespace, 'web', 3));
      await eventually('three pods', async () => (await podsOf(namespace)).length === 3, soon);
      await makeReady(namespace);
      const { status } = await eventually(
        'availability',
        async () => {
          const found = await client.get(deployments, at);
          return found.status?.availableReplicas === 3 && found;
        },
        soon,
      );
      assert.equal(status?.conditions?.find(({ type }) => type === 'Available')?.status, 'True');
    });

    it('follows a change of the template, and of the number', async () => {
      const body = { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } };
      await client.patch(deployments, at, { type: 'strategic', body });
      await eventually(
        'only new pods',
        async () => {
          await makeReady(namespace);
          const found = await podsOf(namespace);
          return found.length === 3 && found.every((pod) => pod.spec?.containers[0]?.image === 'web:2');
        },
        soon,
      );
      assert.equal((await client.list(replicaSets, { namespace })).items.length, 2);
      await client.patch(deployments, at, { type: 'merge', body: { spec: { replicas: 1 } } });
      await eventually('one pod', async () => (await podsOf(namespace)).length === 1, soon);
    });

    it('leaves nothing behind', async () => {
      await client.delete(deployments, at, { propagationPolicy: 'Background' });
      await eventually(
        'no replica sets and pods',
        async () =>
          (await client.list(replicaSets, { namespace })).items.length === 0 && (await podsOf(namespace)).length === 0,
        soon,
      );
    });
  });

  describe('that collect garbage', () => {
    const namespace = 'garbage';
    const configMap = async (name: string, owners: readonly KubeObject[] = []): Promise<KubeObject> =>
      client.create(configMaps, {
        metadata: {
          namespace,
          name,
          ownerReferences: owners.map(({ metadata }) => ({
            apiVersion: apiVersionOf(configMaps),
            kind: 'ConfigMap',
            name: metadata.name!,
            uid: metadata.uid!,
            blockOwnerDeletion: true,
          })),
        },
      });
    before(() => makeNamespace(namespace));

    it('deletes chains of dependents', async () => {
      const top = await configMap('chain-1');
      const middle = await configMap('chain-2', [top]);
      await configMap('chain-3', [middle]);
      await client.delete(configMaps, { namespace, name: 'chain-1' });
      await eventually('the end of the chain', () => isGone(configMaps, namespace, 'chain-3'), soon);
      assert.ok(await isGone(configMaps, namespace, 'chain-2'));
    });

    it('keeps what has another owner, and takes the reference to the one that is gone', async () => {
      const one = await configMap('one');
      const two = await configMap('two');
      await configMap('shared', [one, two]);
      await client.delete(configMaps, { namespace, name: 'one' });
      const shared = await eventually(
        'one owner',
        async () => {
          const found = await client.get(configMaps, { namespace, name: 'shared' });
          return found.metadata.ownerReferences?.length === 1 && found;
        },
        soon,
      );
      assert.equal(shared.metadata.ownerReferences![0]!.name, 'two');
    });

    it('deletes what names an owner that never was', async () => {
      await configMap('astray', [{ metadata: { name: 'nobody', uid: '00000000-0000-0000-0000-000000000000' } }]);
      await eventually('its end', () => isGone(configMaps, namespace, 'astray'), soon);
    });

    it('deletes dependents first in the foreground', async () => {
      const owner = await configMap('front');
      const held = await configMap('held', [owner]);
      const body = { metadata: { finalizers: ['example.com/hold'] } };
      await client.patch(configMaps, { namespace, name: 'held' }, { type: 'merge', body });
      await client.delete(configMaps, { namespace, name: 'front' }, { propagationPolicy: 'Foreground' });
      await eventually(
        'the dependent to go',
        async () => (await client.get(configMaps, { namespace, name: 'held' })).metadata.deletionTimestamp,
        soon,
      );
      assert.deepEqual((await client.get(configMaps, { namespace, name: 'front' })).metadata.finalizers, [
        'foregroundDeletion',
      ]);
      const free = { metadata: { finalizers: [] } };
      await client.patch(configMaps, { namespace, name: held.metadata.name! }, { type: 'merge', body: free });
      await eventually('the owner to follow', () => isGone(configMaps, namespace, 'front'), soon);
    });

    it('leaves orphans behind where that is asked for', async () => {
      const owner = await configMap('parent');
      await configMap('orphan', [owner]);
      await client.delete(configMaps, { namespace, name: 'parent' }, { propagationPolicy: 'Orphan' });
      await eventually('the owner to go', () => isGone(configMaps, namespace, 'parent'), soon);
      assert.equal(
        (await client.get(configMaps, { namespace, name: 'orphan' })).metadata.ownerReferences?.length ?? 0,
        0,
      );
    });
  });

  describe('of jobs', () => {
    const namespace = 'work';
    before(() => makeNamespace(namespace));
    const end = async (pod: Pod, phase: string): Promise<void> => {
      const terminated = { exitCode: phase === 'Failed' ? 1 : 0, finishedAt: '2026-01-01T00:00:00Z' };
      const containerStatuses = [{ name: 'work', ready: false, restartCount: 0, state: { terminated } }];
      const body = { status: { phase, containerStatuses } };
      const at = { namespace, name: pod.metadata.name! };
      await client.patch(pods, at, { type: 'merge', body }, { subresource: 'status' });
    };
    const running = async (name: string): Promise<Pod[]> =>
      (await podsOf(namespace)).filter(
        ({ metadata, status }) => metadata.labels?.['job-name'] === name && status?.phase === 'Pending',
      );
    const ended = (name: string, type: string): Promise<Job> =>
      eventually(
        `${type} of ${name}`,
        async () => {
          const found = await client.get(jobs, { namespace, name });
          return found.status?.conditions?.some((condition) => condition.type === type) && found;
        },
        soon,
      );

    it('run pods until enough have succeeded', async () => {
      await client.create(jobs, job(namespace, 'sum', { completions: 3, parallelism: 2 }));
      for (let done = 0; done < 3; done++) {
        const [first] = await eventually(
          'the pods of now',
          async () => {
            const found = await running('sum');
            return found.length === Math.min(2, 3 - done) && found;
          },
          soon,
        );
        await end(first!, 'Succeeded');
      }
      const { status } = await ended('sum', 'Complete');
      assert.equal(status?.succeeded, 3);
      assert.equal(status?.active, undefined);
      assert.ok(status?.completionTime);
      const all = await podsOf(namespace);
      assert.equal(all.length, 3);
      assert.ok(all.every(({ metadata }) => !metadata.finalizers?.length));
    });

    it('run a pod for each index', async () => {
      await client.create(jobs, job(namespace, 'parts', { completions: 2, parallelism: 2, completionMode: 'Indexed' }));
      const parts = await eventually(
        'both pods',
        async () => {
          const found = await running('parts');
          return found.length === 2 && found;
        },
        soon,
      );
      assert.deepEqual(parts.map(({ spec }) => spec?.hostname).sort(), ['parts-0', 'parts-1']);
      for (const pod of parts) await end(pod, 'Succeeded');
      assert.equal((await ended('parts', 'Complete')).status?.completedIndexes, '0,1');
    });

    it('fail once too many pods have, and take the others with them', async () => {
      await client.create(jobs, job(namespace, 'vain', { completions: 2, parallelism: 2, backoffLimit: 0 }));
      const [first] = await eventually(
        'both pods',
        async () => {
          const found = await running('vain');
          return found.length === 2 && found;
        },
        soon,
      );
      await end(first!, 'Failed');
      const { status } = await ended('vain', 'Failed');
      assert.equal(status?.conditions?.find(({ type }) => type === 'Failed')?.reason, 'BackoffLimitExceeded');
      assert.equal(status?.failed, 2);
    });

    it('stop while they are suspended', async () => {
      await client.create(jobs, job(namespace, 'pause', { parallelism: 1 }));
      await eventually('a pod', async () => (await running('pause')).length === 1, soon);
      const at = { namespace, name: 'pause' };
      await client.patch(jobs, at, { type: 'merge', body: { spec: { suspend: true } } });
      await ended('pause', 'Suspended');
      await eventually('no pod', async () => (await running('pause')).length === 0, soon);
      await client.patch(jobs, at, { type: 'merge', body: { spec: { suspend: false } } });
      await eventually('a pod again', async () => (await running('pause')).length === 1, soon);
      assert.equal((await client.get(jobs, at)).status?.failed, undefined);
    });

    it('go by themselves when their time is over', async () => {
      const [first] = await eventually(
        'its pod',
        async () => {
          const found = await running('pause');
          return found.length === 1 && found;
        },
        soon,
      );
      await end(first!, 'Succeeded');
      await ended('pause', 'Complete');
      const at = { namespace, name: 'pause' };
      await client.patch(jobs, at, { type: 'merge', body: { spec: { ttlSecondsAfterFinished: 0 } } });
      await eventually('its end', () => isGone(jobs, namespace, 'pause'), soon);
      assert.ok((await podsOf(namespace)).every(({ metadata }) => metadata.name !== first!.metadata.name));
    });

    it('leave nothing behind that is held', async () => {
      await client.create(jobs, job(namespace, 'brief', {}));
      await eventually('a pod', async () => (await running('brief')).length === 1, soon);
      await client.delete(jobs, { namespace, name: 'brief' }, { propagationPolicy: 'Background' });
      await eventually('no pod', async () => (await running('brief')).length === 0, soon);
    });
  });

  describe('of nodes', () => {
    const namespace = 'outage';
    const makeNode = async (name: string): Promise<void> => {
      await client.create(nodes, { metadata: { name } });
      const body = { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: now() }] } };
      await client.patch(nodes, { name }, { type: 'strategic', body }, { subresource: 'status' });
      await client.create(leases, { metadata: { namespace: 'kube-node-lease', name } });
    };
    const renew = (name: string): Promise<unknown> => {
      const body = { spec: { renewTime: new Date().toISOString().replace('Z', '000Z') } };
      return client.patch(leases, { namespace: 'kube-node-lease', name }, { type: 'merge', body });
    };
    const boundPod = (name: string, nodeName: string, tolerationSeconds?: number): Pod => {
      const on = ['unreachable', 'not-ready'].map((why) => ({
        key: `node.kubernetes.io/${why}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds,
      }));
      const spec = { nodeName, tolerations: on, containers: [{ name: 'web', image: 'web:1' }] };
      return { metadata: { namespace, name }, spec };
    };

    it('tells that a node is silent, and drives off the pods that do not tolerate it', async () => {
      await makeNamespace(namespace);
      await eventually('the namespace of leases', () => client.get(namespaces, { name: 'kube-node-lease' }), soon);
      await makeNode('lively');
      await makeNode('silent');
      await client.create(pods, boundPod('leaving', 'silent', 0));
      await client.create(pods, boundPod('staying', 'silent'));
      await makeReady(namespace);
      const silent = await eventually(
        'taints',
        async () => {
          await renew('lively');
          const node = await client.get(nodes, { name: 'silent' });
          return node.spec?.taints?.some(({ effect }) => effect === 'NoExecute') && node;
        },
        soon,
      );
      assert.equal(silent.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'NodeStatusUnknown');
      assert.deepEqual(silent.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`).sort(), [
        'node.kubernetes.io/unreachable:NoExecute',
        'node.kubernetes.io/unreachable:NoSchedule',
      ]);
      const leaving = await eventually(
        'the pod to go',
        async () => {
          const pod = await client.get(pods, { namespace, name: 'leaving' });
          return pod.metadata.deletionTimestamp !== undefined && pod;
        },
        soon,
      );
      assert.ok(leaving.status?.conditions?.some(({ reason }) => reason === 'DeletionByTaintManager'));
      await eventually(
        'the other to be out of service',
        async () => {
          const { metadata, status } = await client.get(pods, { namespace, name: 'staying' });
          assert.equal(metadata.deletionTimestamp, undefined);
          return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'False');
        },
        soon,
      );
      assert.deepEqual((await client.get(nodes, { name: 'lively' })).spec?.taints ?? [], []);
    });
  });

  it('empties namespaces that are deleted', async () => {
    const namespace = await makeNamespace('passing');
    await client.create(deployments, deployment(namespace, 'web', 2));
    await eventually('pods', async () => (await podsOf(namespace)).length === 2, soon);
    await client.delete(namespaces, { name: namespace });
    await eventually(
      'its end',
      () =>
        client.get(namespaces, { name: namespace }).then(
          () => false,
          (error) => hasReason(error, 'NotFound'),
        ),
      soon,
    );
  });
});

function now(): string {
  return formatTime(Date.now());
}

function deployment(namespace: string, name: string, replicas: number): Deployment {
  const labels = { app: name };
  return {
    metadata: { namespace, name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: `${name}:1` }] } },
    },
  };
}

function job(namespace: string, name: string, spec: Partial<JobSpec>): Job {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'work', image: 'work:1' }] } };
  return { metadata: { namespace, name }, spec: { ...spec, template } };
}
