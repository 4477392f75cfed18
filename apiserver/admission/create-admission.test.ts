import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { admissionRequest, createAdmissionDeps } from '../../test/support/admission.ts';
import type { AdmissionEntry } from './admission.ts';
import { createAdmission } from './create-admission.ts';
import { admissionPlugins, notBuilt } from './index.ts';

const entry = (name: string, onByDefault: boolean, log: string[] = []): AdmissionEntry => ({
  name,
  onByDefault,
  create: () => ({
    name,
    handles: ({ row, operation }) => row.plural === 'pods' && operation === 'CREATE',
    admit: () => void log.push(`admit ${name}`),
    validate: () => void log.push(`validate ${name}`),
  }),
});

describe('admission', () => {
  it('has each plugin once', () => {
    const names = admissionPlugins.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    // One does not stand without a configuration.
    const configuration = new Map([['ImagePolicyWebhook', { imagePolicy: { kubeConfigFile: '/dev/null' } }]]);
    const deps = { ...createAdmissionDeps(), configuration };
    for (const { name, create } of admissionPlugins) assert.equal(create(deps).name, name);
  });

  it('has on by default what upstream has', () => {
    assert.deepEqual(createAdmission({}, createAdmissionDeps()).enabled, [
      'NamespaceLifecycle',
      'LimitRanger',
      'ServiceAccount',
      'TaintNodesByCondition',
      'PodSecurity',
      'Priority',
      'DefaultTolerationSeconds',
      'DefaultStorageClass',
      'StorageObjectInUseProtection',
      'PersistentVolumeClaimResize',
      'RuntimeClass',
      'CertificateApproval',
      'CertificateSigning',
      'CertificateSubjectRestriction',
      'DefaultIngressClass',
      'PodTopologyLabels',
      'ResourceQuota',
    ]);
  });

  it('runs those that are on, in the order of the registry, first all that change, then all that check', async () => {
    const log: string[] = [];
    const entries = [entry('A', true, log), entry('B', false, log), entry('C', true, log), entry('D', true, log)];
    const admission = createAdmission({ enable: ['B'], disable: ['C'] }, createAdmissionDeps(), entries);
    const request = admissionRequest(pods, { metadata: { namespace: 'a', name: 'p' } });
    await admission.admit(request);
    await admission.validate(request);
    assert.deepEqual(log, ['admit A', 'admit B', 'admit D', 'validate A', 'validate B', 'validate D']);
  });

  it('knows beforehand where nobody would be asked', () => {
    const admission = createAdmission({}, createAdmissionDeps(), [entry('A', true)]);
    const about = (row: { readonly kind: string }, operation: 'CREATE' | 'DELETE'): boolean =>
      admission.handles(admissionRequest(row, undefined, { operation }));
    assert.equal(about(pods, 'CREATE'), true);
    assert.equal(about(pods, 'DELETE'), false);
    assert.equal(about(configMaps, 'CREATE'), false);
  });

  it('refuses plugins that it does not know, or that are on and off', () => {
    const create = (enable: string[], disable: string[]) => () =>
      createAdmission({ enable, disable }, createAdmissionDeps());
    assert.throws(create(['Bogus'], []), /enable-admission-plugins plugin "Bogus" is unknown/);
    assert.throws(create([], ['Bogus']), /disable-admission-plugins plugin "Bogus" is unknown/);
    assert.throws(create(['Priority'], ['Priority']), /overlapped/);
  });

  it('lets plugins of upstream that are not built be disabled, not enabled', () => {
    const options = { disable: ['ValidatingAdmissionWebhook', 'MutatingAdmissionPolicy', 'Priority'] };
    assert.ok(!createAdmission(options, createAdmissionDeps()).enabled.includes('Priority'));
    assert.throws(
      () => createAdmission({ enable: ['MutatingAdmissionWebhook'] }, createAdmissionDeps()),
      /enable-admission-plugins plugin "MutatingAdmissionWebhook" is not built/,
    );
    for (const { name } of admissionPlugins) assert.ok(!notBuilt.has(name), name);
  });

  it('costs a deleted config map nothing', () => {
    const admission = createAdmission({}, createAdmissionDeps());
    assert.equal(admission.handles(admissionRequest(configMaps, undefined, { operation: 'DELETE' })), false);
    assert.equal(admission.handles(admissionRequest(namespaces, undefined, { operation: 'DELETE' })), true);
  });
});
