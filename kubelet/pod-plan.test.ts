import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Container, PodSpec } from '../api/schema/generated/core-v1.ts';
import { planPod, type PlanInput, type PodPlan } from './pod-plan.ts';
import { containerHash, containerLabels } from './pods/container-hash.ts';
import type { ContainerStatusInfo, SandboxStatus } from './runtime/container-runtime.ts';
import type { ReadonlyPod } from './pods/pod.ts';

const app = (more: Partial<Container> = {}): Container => ({ name: 'app', image: 'web:1', ...more });
const podOf = (spec: Partial<PodSpec> = {}, more: Partial<ReadonlyPod> = {}): ReadonlyPod => ({
  metadata: { name: 'web', namespace: 'default', uid: 'u1' },
  spec: { containers: [app()], restartPolicy: 'Always', ...spec },
  ...more,
});
const sandbox = (more: Partial<SandboxStatus> = {}): SandboxStatus => ({
  id: 's0',
  podNamespace: 'default',
  podName: 'web',
  podUid: 'u1',
  attempt: 0,
  state: 'ready',
  createdAtMs: 1,
  ips: ['10.0.0.2'],
  labels: {},
  ...more,
});
const container = (more: Partial<ContainerStatusInfo> = {}): ContainerStatusInfo => ({
  id: 'c0',
  sandboxId: 's0',
  name: 'app',
  attempt: 0,
  podUid: 'u1',
  state: 'running',
  createdAtMs: 1,
  startedAtMs: 2,
  finishedAtMs: 0,
  exitCode: 0,
  reason: '',
  message: '',
  image: 'web:1',
  imageId: 'docker://1',
  labels: { [containerLabels.hash]: containerHash({ name: more.name ?? 'app', image: 'web:1' }) },
  pid: 1,
  ...more,
});
const exited = (exitCode: number, more: Partial<ContainerStatusInfo> = {}): ContainerStatusInfo =>
  container({ state: 'exited', exitCode, finishedAtMs: 9, ...more });
const healthy: PlanInput['probes'] = { liveness: () => 'passed', startup: () => 'passed' };

const plan = (
  pod: ReadonlyPod,
  sandboxes: SandboxStatus[],
  containers: ContainerStatusInfo[],
  more: Partial<PlanInput> = {},
): PodPlan =>
  planPod({
    pod,
    observed: { sandboxes, containers },
    probes: healthy,
    restartAllowedAtMs: () => undefined,
    ...more,
  });

/** One line a plan, so that tables stay readable. */
function summary({ killPod, sandboxId, createSandboxAttempt, kill, start, backOff }: PodPlan): string {
  return [
    ...(killPod ? ['kill pod'] : []),
    ...(createSandboxAttempt === undefined ? [] : [`sandbox ${createSandboxAttempt}`]),
    ...(sandboxId ? [`keep ${sandboxId}`] : []),
    ...kill.map((each) => `kill ${each.containerId} (${each.message})`),
    ...start.map((each) => `start ${each.role} ${each.container.name} ${each.attempt}`),
    ...backOff.map((each) => `wait ${each.container.name} until ${each.untilMs}`),
  ].join(', ');
}

describe('pod plan', () => {
  const init = [
    { name: 'one', image: 'web:1' },
    { name: 'two', image: 'web:1' },
  ];
  const withSidecar = {
    initContainers: [
      { name: 'proxy', image: 'web:1', restartPolicy: 'Always' },
      { name: 'prepare', image: 'web:1' },
    ],
  };
  const cases: [name: string, actual: () => PodPlan, expected: string][] = [
    ['a new pod', () => plan(podOf(), [], []), 'sandbox 0, start app app 0'],
    ['a sandbox without containers', () => plan(podOf(), [sandbox()], []), 'keep s0, start app app 0'],
    ['all is well', () => plan(podOf(), [sandbox()], [container()]), 'keep s0'],
    [
      'the sandbox died',
      () => plan(podOf(), [sandbox({ state: 'notReady', ips: [] })], [container()]),
      'kill pod, sandbox 1, start app app 1',
    ],
    [
      'a sandbox without address',
      () => plan(podOf(), [sandbox({ ips: [] })], []),
      'kill pod, sandbox 1, start app app 0',
    ],
    [
      'a host-network sandbox needs no address',
      () => plan(podOf({ hostNetwork: true }), [sandbox({ ips: [] })], [container()]),
      'keep s0',
    ],
    [
      'two ready sandboxes',
      () => plan(podOf(), [sandbox({ id: 's1', attempt: 1 }), sandbox()], []),
      'kill pod, sandbox 2, start app app 0',
    ],
    ['it ended, Always', () => plan(podOf(), [sandbox()], [exited(0)]), 'keep s0, start app app 1'],
    [
      'it ended well, OnFailure',
      () => plan(podOf({ restartPolicy: 'OnFailure' }), [sandbox()], [exited(0)]),
      'kill pod, keep s0',
    ],
    [
      'it failed, OnFailure',
      () => plan(podOf({ restartPolicy: 'OnFailure' }), [sandbox()], [exited(1, { attempt: 3 })]),
      'keep s0, start app app 4',
    ],
    ['it failed, Never', () => plan(podOf({ restartPolicy: 'Never' }), [sandbox()], [exited(1)]), 'kill pod, keep s0'],
    [
      'Never, and the sandbox died after it ran',
      () => plan(podOf({ restartPolicy: 'Never' }), [sandbox({ state: 'notReady' })], [exited(137)]),
      'kill pod',
    ],
    [
      'Never, and the sandbox died before it ran',
      () => plan(podOf({ restartPolicy: 'Never' }), [sandbox({ state: 'notReady' })], []),
      'kill pod, sandbox 1, start app app 0',
    ],
    [
      'one of two ended for good',
      () =>
        plan(
          podOf({ restartPolicy: 'Never', containers: [app(), app({ name: 'other' })] }),
          [sandbox()],
          [exited(0), container({ id: 'c1', name: 'other' })],
        ),
      'keep s0',
    ],
    [
      'a container with a policy of its own',
      () =>
        plan(
          podOf({ restartPolicy: 'Never', containers: [app({ restartPolicy: 'OnFailure' })] }),
          [sandbox()],
          [exited(1)],
        ),
      'keep s0, start app app 1',
    ],
    [
      'a rule for an exit code',
      () =>
        plan(
          podOf({
            restartPolicy: 'Never',
            containers: [
              app({
                restartPolicy: 'Never',
                restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
              }),
            ],
          }),
          [sandbox()],
          [exited(42)],
        ),
      'keep s0, start app app 1',
    ],
    [
      'backing off',
      () => plan(podOf(), [sandbox()], [exited(1)], { restartAllowedAtMs: () => 77 }),
      'keep s0, wait app until 77',
    ],
    [
      'made but not started',
      () => plan(podOf(), [sandbox()], [container({ state: 'created', attempt: 2 })]),
      'keep s0, start app app 2',
    ],
    [
      'the runtime has lost count',
      () =>
        plan(
          podOf(
            {},
            {
              status: {
                containerStatuses: [
                  { name: 'app', ready: true, restartCount: 4, image: '', imageID: '', containerID: 'docker://old' },
                ],
              },
            },
          ),
          [],
          [],
        ),
      'sandbox 0, start app app 5',
    ],
    [
      'the image changed',
      () => plan(podOf({ containers: [app({ image: 'web:2' })] }), [sandbox()], [container()]),
      'keep s0, kill c0 (Container app definition changed, will be restarted), start app app 1',
    ],
    [
      'liveness failed',
      () =>
        plan(podOf({ containers: [app({ livenessProbe: {} })] }), [sandbox()], [container()], {
          probes: { ...healthy, liveness: () => 'failed' },
        }),
      'keep s0, kill c0 (Container app failed liveness probe, will be restarted), start app app 1',
    ],
    [
      'liveness failed, and not for the first time',
      () =>
        plan(podOf({ containers: [app({ livenessProbe: {} })] }), [sandbox()], [container()], {
          probes: { ...healthy, liveness: () => 'failed' },
          restartAllowedAtMs: () => 77,
        }),
      'keep s0, kill c0 (Container app failed liveness probe, will be restarted)',
    ],
    [
      'startup failed, Never',
      () =>
        plan(
          podOf({ restartPolicy: 'Never', containers: [app({ startupProbe: {} }), app({ name: 'b' })] }),
          [sandbox()],
          [container(), container({ id: 'c1', name: 'b' })],
          { probes: { ...healthy, startup: () => 'failed' } },
        ),
      'keep s0, kill c0 (Container app failed startup probe)',
    ],
    ['init first', () => plan(podOf({ initContainers: init }), [], []), 'sandbox 0, start init one 0'],
    ['init running', () => plan(podOf({ initContainers: init }), [sandbox()], [container({ name: 'one' })]), 'keep s0'],
    [
      'next init',
      () => plan(podOf({ initContainers: init }), [sandbox()], [exited(0, { name: 'one' })]),
      'keep s0, start init two 0',
    ],
    [
      'init failed',
      () => plan(podOf({ initContainers: init }), [sandbox()], [exited(1, { name: 'one' })]),
      'keep s0, start init one 1',
    ],
    [
      'init failed for good',
      () => plan(podOf({ initContainers: init, restartPolicy: 'Never' }), [sandbox()], [exited(1, { name: 'one' })]),
      'kill pod, keep s0',
    ],
    [
      'init done',
      () =>
        plan(
          podOf({ initContainers: init }),
          [sandbox()],
          [exited(0, { name: 'two', id: 'i2' }), exited(0, { name: 'one', id: 'i1' })],
        ),
      'keep s0, start app app 0',
    ],
    [
      'init is not asked again once containers were made',
      () => plan(podOf({ initContainers: init }), [sandbox()], [exited(1)]),
      'keep s0, start app app 1',
    ],
    [
      'init again in a new sandbox',
      () =>
        plan(
          podOf({ initContainers: init }),
          [sandbox({ id: 's1', attempt: 1 })],
          [exited(0, { name: 'one' }), exited(0, { name: 'two' }), exited(1)],
        ),
      'keep s1, start init one 1',
    ],
    ['sidecar first', () => plan(podOf(withSidecar), [], []), 'sandbox 0, start sidecar proxy 0'],
    [
      'sidecar up, then init',
      () => plan(podOf(withSidecar), [sandbox()], [container({ name: 'proxy' })]),
      'keep s0, start init prepare 0',
    ],
    [
      'sidecar must have started',
      () =>
        plan(
          podOf({
            initContainers: [{ ...withSidecar.initContainers[0]!, startupProbe: {} }, withSidecar.initContainers[1]!],
          }),
          [sandbox()],
          [container({ name: 'proxy' })],
          { probes: { ...healthy, startup: () => 'pending' } },
        ),
      'keep s0',
    ],
    [
      'sidecar died while init runs',
      () =>
        plan(
          podOf(withSidecar),
          [sandbox()],
          [exited(1, { name: 'proxy', id: 'p' }), container({ name: 'prepare', id: 'i' })],
        ),
      'keep s0, start sidecar proxy 1',
    ],
    [
      'sidecar died beside the app',
      () =>
        plan(
          podOf(withSidecar),
          [sandbox()],
          [exited(0, { name: 'proxy', id: 'p' }), exited(0, { name: 'prepare', id: 'i' }), container()],
        ),
      'keep s0, start sidecar proxy 1',
    ],
    [
      'sidecars do not outlive the app',
      () =>
        plan(
          podOf({ ...withSidecar, restartPolicy: 'Never' }),
          [sandbox()],
          [container({ name: 'proxy', id: 'p' }), exited(0, { name: 'prepare', id: 'i' }), exited(0)],
        ),
      'kill pod, keep s0',
    ],
    [
      'ephemeral containers run once',
      () =>
        plan(
          podOf({
            ephemeralContainers: [
              { name: 'debug', image: 'x' },
              { name: 'old', image: 'x' },
            ],
          }),
          [sandbox()],
          [container(), exited(1, { name: 'old', id: 'o' })],
        ),
      'keep s0, start ephemeral debug 0',
    ],
    [
      'nothing starts in a pod that is over',
      () => plan(podOf({}, { status: { phase: 'Failed' } }), [sandbox()], [exited(1)]),
      'kill pod, keep s0',
    ],
  ];
  for (const [name, actual, expected] of cases) {
    it(name, () => assert.equal(summary(actual()), expected));
  }
});
