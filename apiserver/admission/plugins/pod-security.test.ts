import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { deployments } from '../../../api/resources/apps/deployment.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import type { KubeObject } from '../../../api/meta/object.ts';
import type { Pod, PodSpec } from '../../../api/schema/generated/core-v1.ts';
import { admissionRequest, createAdmissionDeps, run, type TestAdmissionDeps } from '../../../test/support/admission.ts';
import type { AdmissionRequest } from '../admission.ts';
import { describeViolations, violations } from '../pod-security/evaluate.ts';
import { createPodSecurity } from './pod-security.ts';

const safe = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

describe('Pod Security Standards', () => {
  const latest = 'latest';
  const found = (level: 'baseline' | 'restricted', spec: Partial<PodSpec>, minor: number | 'latest' = latest): string =>
    describeViolations(
      violations({ level, minor }, {}, { containers: [{ name: 'c', securityContext: safe }], ...spec }),
    );

  const cases: [string, Partial<PodSpec>, string][] = [
    ['a safe pod', {}, ''],
    ['host namespaces', { hostNetwork: true, hostIPC: true }, 'host namespaces (hostNetwork=true, hostIPC=true)'],
    [
      'privileged containers',
      { containers: ['a', 'b'].map((name) => ({ name, securityContext: { ...safe, privileged: true } })) },
      'privileged (containers "a", "b" must not set securityContext.privileged=true)',
    ],
    [
      'capabilities',
      { containers: [{ name: 'c', securityContext: { ...safe, capabilities: { add: ['SYS_TIME', 'NET_ADMIN'] } } }] },
      'non-default capabilities (container "c" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add)',
    ],
    ['host paths', { volumes: [{ name: 'v', hostPath: { path: '/' } }] }, 'hostPath volumes (volume "v")'],
    [
      'host ports',
      {
        containers: [
          {
            name: 'c',
            ports: [
              { containerPort: 1, hostPort: 80 },
              { containerPort: 2, hostPort: 443 },
            ],
          },
        ],
      },
      'hostPort (container "c" uses hostPorts 443, 80)',
    ],
    [
      'SELinux options',
      { securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } },
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      'sysctls',
      {
        securityContext: {
          sysctls: [
            { name: 'kernel.msgmax', value: '1' },
            { name: 'net.ipv4.tcp_syncookies', value: '1' },
          ],
        },
      },
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'proc mounts',
      { containers: [{ name: 'c', securityContext: { procMount: 'Unmasked' } }] },
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'probe hosts',
      { containers: [{ name: 'c', livenessProbe: { tcpSocket: { port: 1, host: 'h' } } }] },
      'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
    ],
  ];
  for (const [name, spec, expected] of cases)
    it(`baseline: ${name}`, () => assert.equal(found('baseline', spec), expected));

  it('restricted: what the baseline forbids and what it does not', () => {
    assert.equal(found('restricted', {}), '');
    assert.equal(
      found('restricted', { containers: [{ name: 'c' }], volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
        'restricted volume types (volume "v" uses restricted volume type "hostPath"), ' +
        'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  it('restricted: what the pod says holds for its containers', () => {
    const spec = {
      containers: [
        { name: 'c', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
      ],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    };
    assert.equal(found('restricted', spec), '');
  });

  it('a pod of a user namespace of its own may be root in it, since 1.35', () => {
    const root = { ...safe, runAsUser: 0, runAsNonRoot: false, procMount: 'Unmasked' };
    const spec = { hostUsers: false, containers: [{ name: 'c', securityContext: root }] };
    assert.equal(found('baseline', spec), '');
    const masks = 'procMount (container "c" must not set securityContext.procMount to "Unmasked")';
    assert.equal(found('restricted', spec), masks);
    assert.equal(found('baseline', spec, 34), masks);
    assert.equal(
      found('restricted', spec, 34),
      `${masks}, runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false), ` +
        'runAsUser=0 (container "c" must not set runAsUser=0)',
    );
  });

  it('restricted: images are safe volumes', () => {
    assert.equal(found('restricted', { volumes: [{ name: 'v', image: { reference: 'x' } }] }), '');
  });

  it('goes by annotations for seccomp before 1.19', () => {
    const [pod, container] = [
      'seccomp.security.alpha.kubernetes.io/pod',
      'container.seccomp.security.alpha.kubernetes.io/c',
    ];
    const annotations = { [pod]: 'localhost/x', [container]: 'unconfined' };
    const spec = { containers: [{ name: 'c', securityContext: { seccompProfile: { type: 'Unconfined' } } }] };
    const by = (minor: number): string =>
      describeViolations(violations({ level: 'baseline', minor }, { annotations }, spec));
    assert.equal(by(18), `seccompProfile (forbidden annotation ${container}="unconfined")`);
    assert.match(by(19), /^seccompProfile \(container "c" must not set/);
  });

  it('is as strict as the release that is asked for', () => {
    const spec = { containers: [{ name: 'c', livenessProbe: { tcpSocket: { port: 1, host: 'h' } } }] };
    assert.equal(found('baseline', spec, 33), '');
    assert.notEqual(found('baseline', spec, 34), '');
    const windows = { os: { name: 'windows' }, containers: [{ name: 'c', securityContext: { runAsNonRoot: true } }] };
    assert.equal(found('restricted', windows), '');
    assert.notEqual(found('restricted', windows, 24), '');
  });
});

describe('PodSecurity', () => {
  let deps: TestAdmissionDeps;
  beforeEach(() => {
    deps = createAdmissionDeps();
  });
  const label = (labels: Record<string, string>): KubeObject =>
    deps.cache.put(namespaces, {
      metadata: {
        name: 'a',
        labels: Object.fromEntries(Object.entries(labels).map(([k, v]) => [`pod-security.kubernetes.io/${k}`, v])),
      },
    });
  const pod = (spec: Partial<PodSpec> = {}): Pod => ({
    metadata: { namespace: 'a', name: 'p' },
    spec: { containers: [{ name: 'c' }], ...spec },
  });
  const ask = async (
    object: KubeObject,
    row: { readonly kind: string } = pods,
    more: Partial<AdmissionRequest> = {},
  ) => {
    const request = admissionRequest(row, object, more);
    await run(createPodSecurity(deps), request);
    return request;
  };

  it('enforces, audits and warns', async () => {
    label({ enforce: 'baseline', 'enforce-version': 'v1.25', warn: 'restricted', audit: 'restricted' });
    await assert.rejects(() => ask(pod({ hostPID: true })), {
      message: 'pods "p" is forbidden: violates PodSecurity "baseline:v1.25": host namespaces (hostPID=true)',
    });
    const { warnings, annotations } = await ask(pod());
    assert.match(warnings[0]!, /^would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false/);
    assert.equal(annotations['pod-security.kubernetes.io/enforce-policy'], 'baseline:v1.25');
    assert.equal(annotations['pod-security.kubernetes.io/audit-violations'], warnings[0]);
  });

  it('looks at updates that change an image, not at others', async () => {
    label({ enforce: 'restricted' });
    const oldObject = { ...pod(), kind: 'Pod' } as never;
    await ask(pod({ activeDeadlineSeconds: 5 }), pods, { operation: 'UPDATE', oldObject });
    const changed = pod({ containers: [{ name: 'c', image: 'other' }] });
    await assert.rejects(() => ask(changed, pods, { operation: 'UPDATE', oldObject }), /violates PodSecurity/);
    await ask(changed, pods, { operation: 'UPDATE', subresource: 'status', oldObject });
  });

  it('warns of templates and lets them in', async () => {
    label({ enforce: 'restricted', warn: 'baseline' });
    const template = { spec: { containers: [{ name: 'c' }], hostPID: true } };
    const deployment = { metadata: { namespace: 'a', name: 'd' }, spec: { template } } as KubeObject;
    const { warnings } = await ask(deployment, deployments);
    assert.deepEqual(warnings, ['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)']);
  });

  const template = { spec: { containers: [{ name: 'c' }], hostPID: true } };
  const deployment = { metadata: { namespace: 'a', name: 'd' }, spec: { template } } as KubeObject;
  const warned: [string, Record<string, string>, string[]][] = [
    [
      'what is enforced, where nothing is said of warnings',
      { enforce: 'baseline', 'enforce-version': 'v1.25' },
      ['baseline:v1.25'],
    ],
    ['its own version then too', { enforce: 'baseline', 'warn-version': 'v1.26' }, ['baseline:v1.26']],
    ['nothing where that is said', { enforce: 'baseline', warn: 'privileged' }, []],
    ['nothing where the label cannot be read', { enforce: 'baseline', warn: 'bogus' }, []],
  ];
  for (const [name, labels, expected] of warned) {
    it(`warns of templates: ${name}`, async () => {
      label(labels);
      const { warnings } = await ask(deployment, deployments);
      const texts = expected.map((each) => `would violate PodSecurity "${each}": host namespaces (hostPID=true)`);
      assert.deepEqual(warnings, texts);
    });
  }

  it('looks at updates that give another seccomp annotation', async () => {
    label({ enforce: 'restricted' });
    const oldObject = { ...pod(), kind: 'Pod' } as never;
    const changed = pod();
    changed.metadata.annotations = { 'container.seccomp.security.alpha.kubernetes.io/c': 'unconfined' };
    await assert.rejects(() => ask(changed, pods, { operation: 'UPDATE', oldObject }), /violates PodSecurity/);
  });

  it('checks the labels of namespaces, and tells which pods they would shut out', async () => {
    const old = label({});
    const next = (level: string): KubeObject => ({
      metadata: { name: 'a', labels: { 'pod-security.kubernetes.io/enforce': level } },
    });
    const update = { operation: 'UPDATE', oldObject: old as never } as const;
    await assert.rejects(() => ask(next('bogus'), namespaces, update), {
      message:
        'Namespace "a" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "bogus": must be one of privileged, baseline, restricted',
    });
    for (const name of ['x', 'y', 'z'])
      deps.cache.put(pods, { ...pod({ hostPID: true }), metadata: { namespace: 'a', name } });
    const { warnings } = await ask(next('baseline'), namespaces, update);
    assert.deepEqual(warnings, [
      'existing pods in namespace "a" violate the new PodSecurity enforce level "baseline:latest"',
      'x (and 2 other pods): host namespaces',
    ]);
  });

  it('enforces the strictest where a label cannot be read', async () => {
    label({ enforce: 'bogus' });
    await assert.rejects(() => ask(pod()), /violates PodSecurity "restricted:latest"/);
  });
});
