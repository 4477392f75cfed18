import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ContainerStatus, PodSpec, PodStatus } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import type { ContainerStatusInfo, RuntimeState, SandboxStatus } from '../runtime/container-runtime.ts';
import { phaseOf } from './phase.ts';
import { podStatus, type PodStatusInput } from './pod-status.ts';
import { qosClassOf } from './qos-class.ts';
import { statusPatch } from './status-patch.ts';

const podOf = (spec: Partial<PodSpec> = {}): ReadonlyPod => ({
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', generation: 2 },
  spec: { containers: [{ name: 'app', image: 'web:1' }], restartPolicy: 'Always', ...spec },
});
const sandbox: SandboxStatus = {
  id: 's0',
  podNamespace: 'shop',
  podName: 'web',
  podUid: 'u1',
  attempt: 0,
  state: 'ready',
  createdAtMs: 1,
  ips: ['10.0.0.2'],
  labels: {},
};
const instance = (more: Partial<ContainerStatusInfo> = {}): ContainerStatusInfo => ({
  id: 'c0',
  sandboxId: 's0',
  name: 'app',
  attempt: 0,
  podUid: 'u1',
  state: 'running',
  createdAtMs: 0,
  startedAtMs: 1000,
  finishedAtMs: 0,
  exitCode: 0,
  reason: '',
  message: '',
  image: 'web:1',
  imageId: 'docker://sha256:1',
  labels: {},
  pid: 1,
  ...more,
});
const dead = (exitCode: number, more: Partial<ContainerStatusInfo> = {}): ContainerStatusInfo =>
  instance({ state: 'exited', exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAtMs: 5000, ...more });
const statusOf = (pod: ReadonlyPod, observed: Partial<RuntimeState>, more: Partial<PodStatusInput> = {}): PodStatus =>
  podStatus({
    pod,
    observed: { sandboxes: [sandbox], containers: [], ...observed },
    waiting: new Map(),
    hostIps: ['192.0.2.1'],
    startTimeMs: 0,
    nowMs: 10_000,
    isEnding: false,
    runtimeName: 'docker',
    previous: undefined,
    readiness: () => 'failed',
    startup: () => 'pending',
    terminationMessage: () => undefined,
    ...more,
  });
const conditions = ({ conditions: list = [] }: PodStatus): Record<string, string> =>
  Object.fromEntries(list.map(({ type, status, reason }) => [type, reason ? `${status} ${reason}` : status]));

describe('status of a pod', () => {
  it('of a new one', () => {
    const status = statusOf(podOf(), { sandboxes: [] });
    assert.equal(status.phase, 'Pending');
    assert.equal(status.observedGeneration, 2);
    assert.equal(status.startTime, '1970-01-01T00:00:00Z');
    assert.equal(status.hostIP, '192.0.2.1');
    assert.equal(status.podIP, undefined);
    assert.deepEqual(status.containerStatuses![0]!.state, { waiting: { reason: 'ContainerCreating' } });
    assert.deepEqual(conditions(status), {
      PodReadyToStartContainers: 'False',
      Initialized: 'True',
      Ready: 'False ContainersNotReady',
      ContainersReady: 'False ContainersNotReady',
      PodScheduled: 'True',
    });
  });

  it('of one that runs', () => {
    const status = statusOf(podOf(), { containers: [instance()] });
    assert.equal(status.phase, 'Running');
    assert.deepEqual(status.podIPs, [{ ip: '10.0.0.2' }]);
    const [app] = status.containerStatuses!;
    assert.deepEqual(app!.state, { running: { startedAt: '1970-01-01T00:00:01Z' } });
    assert.equal(app!.containerID, 'docker://c0');
    assert.deepEqual([app!.ready, app!.started, app!.restartCount], [true, true, 0]);
    assert.equal(conditions(status).Ready, 'True');
  });

  it('asks its probes', () => {
    const probed = podOf({ containers: [{ name: 'app', readinessProbe: {}, startupProbe: {} }] });
    const not = statusOf(probed, { containers: [instance()] }).containerStatuses![0]!;
    assert.deepEqual([not.ready, not.started], [false, false]);
    const started = statusOf(probed, { containers: [instance()] }, { startup: () => 'passed' }).containerStatuses![0]!;
    assert.deepEqual([started.ready, started.started], [false, true]);
    const ready = statusOf(
      probed,
      { containers: [instance()] },
      { startup: () => 'passed', readiness: () => 'passed' },
    );
    assert.equal(conditions(ready).Ready, 'True');
  });

  it('waits for readiness gates of others', () => {
    const gated = podOf({ readinessGates: [{ conditionType: 'example.com/lb' }] });
    const status = statusOf(gated, { containers: [instance()] });
    assert.equal(conditions(status).Ready, 'False ReadinessGatesNotReady');
    assert.equal(conditions(status).ContainersReady, 'True');
    const open = statusOf(
      gated,
      { containers: [instance()] },
      {
        previous: { conditions: [{ type: 'example.com/lb', status: 'True' }] },
      },
    );
    assert.equal(conditions(open).Ready, 'True');
  });

  it('shows why a container waits, and how it ended before', () => {
    const waiting = new Map([['app', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
    const [app] = statusOf(
      podOf(),
      { containers: [dead(3, { attempt: 2 }), dead(1, { attempt: 1 })] },
      {
        waiting,
        terminationMessage: ({ attempt }) => `words of ${attempt}`,
      },
    ).containerStatuses!;
    assert.deepEqual(app!.state, { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } });
    assert.equal(app!.lastState!.terminated!.exitCode, 3);
    assert.equal(app!.lastState!.terminated!.message, 'words of 2');
    assert.equal(app!.restartCount, 2);
  });

  it('keeps the end before of an instance that is removed already', () => {
    const lastState = { terminated: { exitCode: 9 } };
    const previous: PodStatus = { containerStatuses: [{ ...emptyStatus, name: 'app', lastState }] };
    const [app] = statusOf(podOf(), { containers: [instance({ attempt: 1 })] }, { previous }).containerStatuses!;
    assert.deepEqual(app!.lastState, lastState);
  });

  it('does not lose a container that cannot be found', () => {
    const previous: PodStatus = {
      containerStatuses: [{ ...emptyStatus, name: 'app', restartCount: 4, state: { running: {} } }],
    };
    const [app] = statusOf(podOf(), {}, { previous }).containerStatuses!;
    assert.equal(app!.lastState!.terminated!.reason, 'ContainerStatusUnknown');
    assert.equal(app!.restartCount, 4);
    const [ended] = statusOf(podOf(), {}, { previous, isEnding: true }).containerStatuses!;
    assert.equal(ended!.state!.terminated!.exitCode, 137);
  });

  it('counts init containers and sidecars', () => {
    const pod = podOf({
      initContainers: [{ name: 'side', restartPolicy: 'Always' }, { name: 'prepare' }],
    });
    const half = statusOf(pod, {
      containers: [instance({ name: 'side', id: 's' }), instance({ name: 'prepare', id: 'p' })],
    });
    assert.equal(half.phase, 'Pending');
    assert.equal(conditions(half).Initialized, 'False ContainersNotInitialized');
    assert.equal(
      half.conditions!.find(({ type }) => type === 'Initialized')!.message,
      'containers with incomplete status: [prepare]',
    );
    assert.equal(half.containerStatuses![0]!.state!.waiting!.reason, 'PodInitializing');
    const full = statusOf(pod, {
      containers: [instance({ name: 'side', id: 's' }), dead(0, { name: 'prepare', id: 'p' }), instance()],
    });
    assert.equal(full.phase, 'Running');
    assert.deepEqual(
      full.initContainerStatuses!.map(({ name, ready }) => [name, ready]),
      [
        ['side', true],
        ['prepare', true],
      ],
    );
    assert.equal(conditions(full).Initialized, 'True');
  });

  it('of a refused pod has no containers', () => {
    const status = statusOf(
      podOf(),
      { sandboxes: [] },
      { verdict: { reason: 'OutOfcpu', message: 'm' }, isEnding: true },
    );
    assert.deepEqual([status.phase, status.reason, status.message], ['Failed', 'OutOfcpu', 'm']);
    assert.equal(status.containerStatuses, undefined);
  });

  it('stays what it is once the pod is over', () => {
    const previous: PodStatus = { phase: 'Failed', reason: 'Evicted', message: 'm', podIPs: [{ ip: '10.0.0.9' }] };
    const status = statusOf(podOf(), { sandboxes: [], containers: [dead(0)] }, { previous });
    assert.deepEqual([status.phase, status.reason, status.podIP], ['Failed', 'Evicted', '10.0.0.9']);
  });

  it('keeps the time of conditions that do not change', () => {
    const first = statusOf(podOf(), { containers: [instance()] });
    const second = statusOf(podOf(), { containers: [instance()] }, { previous: first, nowMs: 99_000 });
    assert.deepEqual(second, first);
  });
});

const emptyStatus: Omit<ContainerStatus, 'name'> = { ready: false, restartCount: 0, image: '', imageID: '' };

describe('phase of a pod', () => {
  const run = { running: {} };
  const end = (exitCode: number): ContainerStatus['state'] => ({ terminated: { exitCode } });
  const wait = { waiting: {} };
  type Case = [name: string, policy: string, states: ContainerStatus['state'][], isTerminal: boolean, expected: string];
  const cases: Case[] = [
    ['running', 'Always', [run], false, 'Running'],
    ['one still waits', 'Always', [run, wait], false, 'Pending'],
    ['all ended, Always', 'Always', [end(1)], false, 'Running'],
    ['all ended well, Never', 'Never', [end(0), end(0)], false, 'Succeeded'],
    ['one failed, Never', 'Never', [end(0), end(2)], false, 'Failed'],
    ['one failed, OnFailure', 'OnFailure', [end(0), end(2)], false, 'Running'],
    ['all ended well, OnFailure', 'OnFailure', [end(0)], false, 'Succeeded'],
    ['one failed, one runs, Never', 'Never', [run, end(2)], false, 'Running'],
    ['stopped for good, well', 'Always', [end(0)], true, 'Succeeded'],
    ['stopped for good, killed', 'Always', [end(137)], true, 'Failed'],
    ['never started', 'Always', [wait], true, 'Failed'],
  ];
  for (const [name, restartPolicy, states, isTerminal, expected] of cases) {
    it(name, () => {
      const names = states.map((_, i) => `c${i}`);
      const statuses = states.map((state, i) => ({ ...emptyStatus, name: names[i]!, state }));
      const pod = podOf({ restartPolicy, containers: names.map((each) => ({ name: each })) });
      assert.equal(phaseOf({ pod, initStatuses: [], statuses, isTerminal }), expected);
    });
  }
});

describe('quality of service', () => {
  const withResources = (...resources: object[]): ReadonlyPod =>
    podOf({ containers: resources.map((each, i) => ({ name: `c${i}`, resources: each })) });
  const both = { cpu: '1', memory: '1Gi' };
  const cases: [object[], string][] = [
    [[{}], 'BestEffort'],
    [[{ limits: both }], 'Guaranteed'],
    [[{ limits: both, requests: { cpu: '1000m', memory: '1024Mi' } }], 'Guaranteed'],
    [[{ limits: both, requests: { cpu: '500m' } }], 'Burstable'],
    [[{ limits: both }, {}], 'Burstable'],
    [[{ requests: { cpu: '1m' } }], 'Burstable'],
  ];
  for (const [resources, expected] of cases) {
    it(`${JSON.stringify(resources)} is ${expected}`, () =>
      assert.equal(qosClassOf(withResources(...resources)), expected));
  }
});

describe('status patch', () => {
  const current: PodStatus = {
    phase: 'Pending',
    conditions: [
      { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'm' },
      { type: 'example.com/own', status: 'True' },
    ],
    podIPs: [{ ip: '10.0.0.1' }],
    message: 'old',
    nominatedNodeName: 'n',
  };

  it('says only what differs, and what has gone', () => {
    assert.deepEqual(
      statusPatch('u1', current, {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        podIPs: [{ ip: '10.0.0.2' }],
      }),
      {
        metadata: { uid: 'u1' },
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }],
          message: null,
          podIPs: [{ ip: '10.0.0.2' }, { $patch: 'replace' }],
        },
      },
    );
  });

  it('is none where nothing differs', () => {
    assert.equal(
      statusPatch('u1', current, { ...current, nominatedNodeName: undefined, conditions: [current.conditions![0]!] }),
      undefined,
    );
  });
});
