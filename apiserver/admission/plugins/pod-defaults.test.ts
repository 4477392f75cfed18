import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { nodes } from '../../../api/resources/core/node.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../../api/resources/core/service-account.ts';
import { configMaps } from '../../../api/resources/core/config-map.ts';
import { runtimeClasses } from '../../../api/resources/node/runtime-class.ts';
import { priorityClasses } from '../../../api/resources/scheduling/priority-class.ts';
import type { Pod } from '../../../api/schema/generated/core-v1.ts';
import { createFakeClock } from '../../../component/fake-clock.ts';
import { admissionRequest, createAdmissionDeps, run, type TestAdmissionDeps } from '../../../test/support/admission.ts';
import { createDefaultTolerationSeconds } from './default-toleration-seconds.ts';
import { createNamespaceLifecycle } from './namespace-lifecycle.ts';
import { createPodTopologyLabels } from './pod-topology-labels.ts';
import { createPriority } from './priority.ts';
import { createRuntimeClass } from './runtime-class.ts';
import { createServiceAccount } from './service-account.ts';
import { createTaintNodesByCondition } from './taint-nodes-by-condition.ts';

let deps: TestAdmissionDeps;
beforeEach(() => {
  deps = createAdmissionDeps();
});
const pod = (spec: Partial<NonNullable<Pod['spec']>> = {}, metadata: Pod['metadata'] = {}): Pod => ({
  metadata: { namespace: 'a', name: 'p', ...metadata },
  spec: { containers: [{ name: 'c' }], ...spec },
});

describe('NamespaceLifecycle', () => {
  const configMap = { metadata: { namespace: 'a', name: 'x' } };
  it('lets objects into active namespaces only', async () => {
    const plugin = createNamespaceLifecycle(deps);
    await assert.rejects(() => run(plugin, admissionRequest(configMaps, configMap)), {
      reason: 'NotFound',
      message: 'namespaces "a" not found',
    });
    deps.cache.put(namespaces, { metadata: { name: 'a' }, status: { phase: 'Active' } });
    await run(plugin, admissionRequest(configMaps, configMap));
    deps.cache.put(namespaces, { metadata: { name: 'a' }, status: { phase: 'Terminating' } });
    await assert.rejects(() => run(plugin, admissionRequest(configMaps, configMap)), {
      message:
        'configmaps "x" is forbidden: unable to create new content in namespace a because it is being terminated',
      details: {
        name: 'x',
        kind: 'configmaps',
        causes: [
          { reason: 'NamespaceTerminating', message: 'namespace a is being terminated', field: 'metadata.namespace' },
        ],
      },
    });
    await run(plugin, admissionRequest(configMaps, configMap, { operation: 'UPDATE' }));
  });

  it('asks the store where the cache lags behind', async () => {
    deps.cache.putUnseen(namespaces, { metadata: { name: 'a' }, status: { phase: 'Active' } });
    await run(createNamespaceLifecycle(deps), admissionRequest(configMaps, configMap));
  });

  it('distrusts the cache about a namespace that was just deleted', async () => {
    const plugin = createNamespaceLifecycle(deps);
    deps.cache.put(namespaces, { metadata: { name: 'a' }, status: { phase: 'Active' } });
    deps.cache.putUnseen(namespaces, { metadata: { name: 'a' }, status: { phase: 'Terminating' } });
    await run(plugin, admissionRequest(configMaps, configMap));
    await run(plugin, admissionRequest(namespaces, undefined, { operation: 'DELETE', name: 'a' }));
    await assert.rejects(() => run(plugin, admissionRequest(configMaps, configMap)), /being terminated/);
  });

  it('keeps the system namespaces', async () => {
    const plugin = createNamespaceLifecycle(deps);
    await assert.rejects(
      () => run(plugin, admissionRequest(namespaces, undefined, { operation: 'DELETE', name: 'kube-system' })),
      { message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted' },
    );
  });
});

describe('ServiceAccount', () => {
  const admit = async (object: Pod): Promise<Pod> => {
    await run(createServiceAccount(deps), admissionRequest(pods, object));
    return object;
  };
  const mount = { readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };

  it('gives the default account and its token', async () => {
    deps.cache.put(serviceAccounts, {
      metadata: { namespace: 'a', name: 'default' },
      imagePullSecrets: [{ name: 's' }],
    });
    const { spec } = await admit(pod({ initContainers: [{ name: 'i' }] }));
    const [volume] = spec!.volumes!;
    assert.match(volume!.name, /^kube-api-access-[a-z0-9]{5}$/);
    assert.deepEqual(volume, {
      name: volume!.name,
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    });
    for (const { volumeMounts } of [...spec!.containers, ...spec!.initContainers!]) {
      assert.deepEqual(volumeMounts, [{ name: volume!.name, ...mount }]);
    }
    assert.deepEqual([spec!.serviceAccountName, spec!.serviceAccount], ['default', 'default']);
    assert.deepEqual(spec!.imagePullSecrets, [{ name: 's' }]);
  });

  it('mounts no token where pod or account do not want one, or the place is taken', async () => {
    deps.cache.put(serviceAccounts, { metadata: { namespace: 'a', name: 'shy' }, automountServiceAccountToken: false });
    deps.cache.put(serviceAccounts, { metadata: { namespace: 'a', name: 'default' } });
    assert.equal((await admit(pod({ serviceAccountName: 'shy' }))).spec!.volumes, undefined);
    assert.equal((await admit(pod({ automountServiceAccountToken: false }))).spec!.volumes, undefined);
    const taken = { containers: [{ name: 'c', volumeMounts: [{ name: 'own', mountPath: mount.mountPath }] }] };
    assert.equal((await admit(pod(taken))).spec!.volumes, undefined);
    assert.equal(
      (await admit(pod({ serviceAccountName: 'shy', automountServiceAccountToken: true }))).spec!.volumes!.length,
      1,
    );
  });

  it('refuses an account that is missing', async () => {
    await assert.rejects(() => admit(pod({ serviceAccountName: 'absent' })), {
      message: 'pods "p" is forbidden: error looking up service account a/absent: serviceaccount "absent" not found',
    });
  });

  it('waits a little for the default account of a new namespace', async () => {
    const clock = createFakeClock();
    deps = createAdmissionDeps({ clock });
    const admitted = admit(pod());
    await clock.waitForPending(1);
    deps.cache.put(serviceAccounts, { metadata: { namespace: 'a', name: 'default' } });
    assert.equal((await admitted).spec!.serviceAccountName, 'default');
    const refused = assert.rejects(() => admit(pod({}, { namespace: 'b' })), /"default" not found/);
    await clock.waitForPending(1);
    await clock.advance(2000);
    await refused;
    assert.equal(clock.pending, 0);
  });

  it('lets mirror pods refer to nothing', async () => {
    const metadata = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
    const admitted = await admit(pod({}, metadata));
    assert.equal(admitted.spec!.serviceAccountName, undefined);
    await assert.rejects(() => admit(pod({ serviceAccountName: 'x' }, metadata)), /may not reference service accounts/);
    const volumes = [{ name: 'v', secret: { secretName: 's' } }];
    await assert.rejects(() => admit(pod({ volumes }, metadata)), /may not reference secrets/);
  });

  it('limits secrets where the account says so', async () => {
    deps.cache.put(serviceAccounts, {
      metadata: { namespace: 'a', name: 'default', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
      secrets: [{ name: 'mine' }],
    });
    await admit(pod({ volumes: [{ name: 'v', secret: { secretName: 'mine' } }] }));
    await assert.rejects(
      () => admit(pod({ volumes: [{ name: 'v', secret: { secretName: 'other' } }] })),
      /volume with secret.secretName="other" is not allowed because service account default does not reference that secret/,
    );
  });
});

describe('Priority', () => {
  const admit = async (object: Pod): Promise<Pod['spec']> => {
    await run(createPriority(deps), admissionRequest(pods, object));
    return object.spec;
  };
  it('is 0 where there is no class', async () => {
    const spec = await admit(pod());
    assert.deepEqual([spec!.priority, spec!.preemptionPolicy], [0, 'PreemptLowerPriority']);
  });

  it('is that of the class, or of the default one', async () => {
    deps.cache.put(priorityClasses, { metadata: { name: 'hi' }, value: 1000, preemptionPolicy: 'Never' });
    deps.cache.put(priorityClasses, { metadata: { name: 'usual' }, value: 5, globalDefault: true });
    const high = await admit(pod({ priorityClassName: 'hi' }));
    assert.deepEqual([high!.priority, high!.preemptionPolicy], [1000, 'Never']);
    const usual = await admit(pod());
    assert.deepEqual([usual!.priority, usual!.priorityClassName], [5, 'usual']);
    await assert.rejects(
      () => admit(pod({ priorityClassName: 'absent' })),
      /no PriorityClass with name absent was found/,
    );
    await assert.rejects(
      () => admit(pod({ priorityClassName: 'hi', priority: 5 })),
      /the integer value of priority \(5\) must not be provided in pod spec; priority admission controller computed 1000/,
    );
  });

  it("keeps one default class, and the system's", async () => {
    deps.cache.put(priorityClasses, { metadata: { name: 'usual' }, value: 5, globalDefault: true });
    const other = { metadata: { name: 'other' }, value: 6, globalDefault: true };
    await assert.rejects(() => run(createPriority(deps), admissionRequest(priorityClasses, other)), {
      message:
        'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    });
    const same = { metadata: { name: 'usual' }, value: 5, globalDefault: true };
    await run(createPriority(deps), admissionRequest(priorityClasses, same, { operation: 'UPDATE' }));
    await assert.rejects(
      () =>
        run(
          createPriority(deps),
          admissionRequest(priorityClasses, undefined, { operation: 'DELETE', name: 'system-node-critical' }),
        ),
      /this is a system priority class and cannot be deleted/,
    );
  });
});

describe('DefaultTolerationSeconds', () => {
  it('adds what is not tolerated yet', async () => {
    const object = pod({
      tolerations: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', tolerationSeconds: 1 }],
    });
    await run(createDefaultTolerationSeconds(), admissionRequest(pods, object));
    assert.deepEqual(object.spec!.tolerations!.slice(1), [
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
    const all = pod({ tolerations: [{ operator: 'Exists' }] });
    await run(createDefaultTolerationSeconds(), admissionRequest(pods, all));
    assert.equal(all.spec!.tolerations!.length, 1);
  });
});

describe('TaintNodesByCondition', () => {
  it('taints a new node once', async () => {
    const node = { metadata: { name: 'n' } } as { metadata: object; spec?: { taints?: object[] } };
    const plugin = createTaintNodesByCondition();
    await run(plugin, admissionRequest(nodes, node));
    await run(plugin, admissionRequest(nodes, node));
    assert.deepEqual(node.spec!.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  });
});

describe('RuntimeClass', () => {
  it('adds overhead and scheduling of the class', async () => {
    deps.cache.put(runtimeClasses, {
      metadata: { name: 'vm' },
      handler: 'vm',
      overhead: { podFixed: { cpu: '100m' } },
      scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
    });
    const narrow = { key: 'vm', operator: 'Equal', value: 'yes', effect: 'NoSchedule' };
    const object = pod({ runtimeClassName: 'vm', tolerations: [narrow] });
    await run(createRuntimeClass(deps), admissionRequest(pods, object));
    assert.deepEqual(object.spec!.overhead, { cpu: '100m' });
    assert.deepEqual(object.spec!.nodeSelector, { vm: 'yes' });
    assert.deepEqual(object.spec!.tolerations, [{ key: 'vm', operator: 'Exists' }]);
    await assert.rejects(
      () =>
        run(
          createRuntimeClass(deps),
          admissionRequest(pods, pod({ runtimeClassName: 'vm', nodeSelector: { vm: 'no' } })),
        ),
      /conflict: runtimeClass.scheduling.nodeSelector\[vm\] = yes; pod.spec.nodeSelector\[vm\] = no/,
    );
    await assert.rejects(
      () => run(createRuntimeClass(deps), admissionRequest(pods, pod({ overhead: { cpu: '1' } }))),
      /Pod Overhead set without corresponding RuntimeClass defined Overhead/,
    );
    await assert.rejects(
      () => run(createRuntimeClass(deps), admissionRequest(pods, pod({ runtimeClassName: 'absent' }))),
      /pod rejected: RuntimeClass "absent" not found/,
    );
  });
});

describe('PodTopologyLabels', () => {
  it('copies zone and region of the node to the binding', async () => {
    deps.cache.put(nodes, {
      metadata: { name: 'n', labels: { 'topology.kubernetes.io/zone': 'z', 'kubernetes.io/hostname': 'n' } },
    });
    const binding = {
      metadata: { namespace: 'a', name: 'p', labels: { own: 'x' } },
      target: { kind: 'Node', name: 'n' },
    };
    await run(createPodTopologyLabels(deps), admissionRequest(pods, binding, { subresource: 'binding' }));
    assert.deepEqual(binding.metadata.labels, { own: 'x', 'topology.kubernetes.io/zone': 'z' });
  });
});
