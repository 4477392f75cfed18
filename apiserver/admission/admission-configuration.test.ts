import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { events } from '../../api/resources/core/event.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { admissionRequest, createAdmissionDeps, run } from '../../test/support/admission.ts';
import { createUser } from '../authenticators/authenticator.ts';
import { loadAdmissionConfiguration } from './admission-configuration.ts';
import { createEventRateLimit } from './plugins/event-rate-limit.ts';
import { createPodSecurity } from './plugins/pod-security.ts';

describe('configuration of admission', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8ts-admission-'));
    writeFileSync(
      join(folder, 'limits.yaml'),
      `kind: Configuration
apiVersion: eventratelimit.admission.k8s.io/v1alpha1
limits:
- {type: Namespace, qps: 1, burst: 2}
`,
    );
    writeFileSync(
      join(folder, 'config.yaml'),
      `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: EventRateLimit
  path: limits.yaml
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline, enforce-version: v1.25}
    exemptions: {usernames: [root], namespaces: [system]}
`,
    );
    writeFileSync(join(folder, 'other.yaml'), 'kind: Other\n');
  });
  after(() => rmSync(folder, { recursive: true }));
  const configuration = () => loadAdmissionConfiguration(join(folder, 'config.yaml'));

  it('is read from the file and the files it names', () => {
    assert.deepEqual([...configuration().keys()], ['EventRateLimit', 'PodSecurity']);
    assert.throws(() => loadAdmissionConfiguration(join(folder, 'other.yaml')), /is no AdmissionConfiguration/);
    assert.throws(() => loadAdmissionConfiguration(join(folder, 'absent.yaml')), /unable to read .*absent.yaml/);
  });

  it('limits events', async () => {
    const clock = createFakeClock();
    const plugin = createEventRateLimit({ ...createAdmissionDeps({ clock }), configuration: configuration() });
    const send = (namespace: string, dryRun = false): Promise<void> =>
      run(plugin, admissionRequest(events, { metadata: { namespace, name: 'e' } }, { dryRun }));
    await send('a');
    await send('a');
    await assert.rejects(() => send('a'), {
      reason: 'TooManyRequests',
      message: 'limit reached on type Namespace for key a',
    });
    await send('a', true);
    await send('b');
    await clock.advance(1000);
    await send('a');
    await assert.rejects(() => send('a'), { reason: 'TooManyRequests' });
    const unlimited = createEventRateLimit(createAdmissionDeps());
    assert.equal(unlimited.handles(admissionRequest(events, undefined)), false);
  });

  it('says what holds for pods where labels say nothing, and for whom it does not', async () => {
    const deps = createAdmissionDeps();
    const plugin = createPodSecurity({ ...deps, configuration: configuration() });
    for (const name of ['a', 'system']) deps.cache.put(namespaces, { metadata: { name } });
    deps.cache.put(namespaces, {
      metadata: { name: 'free', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    });
    const create = (namespace: string, userName = 'jane'): Promise<void> => {
      const pod = { metadata: { namespace, name: 'p' }, spec: { containers: [], hostPID: true } } as KubeObject;
      return run(plugin, admissionRequest(pods, pod, { user: createUser({ name: userName }) }));
    };
    await assert.rejects(() => create('a'), /violates PodSecurity "baseline:v1.25": host namespaces \(hostPID=true\)/);
    await create('a', 'root');
    await create('system');
    await create('free');
  });
});
