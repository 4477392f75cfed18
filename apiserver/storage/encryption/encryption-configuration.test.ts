import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseEncryptionConfiguration, providersFor } from './encryption-configuration.ts';

const header = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration' };
const secret = Buffer.alloc(32, 7).toString('base64');
const keys = [{ name: 'key1', secret }];
const withProvider = (provider: unknown) => ({
  ...header,
  resources: [{ resources: ['secrets'], providers: [provider] }],
});
const withResources = (...resources: string[]) => ({
  ...header,
  resources: [{ resources, providers: [{ identity: {} }] }],
});
const errorsOf = (document: unknown): string[] => {
  const outcome = parseEncryptionConfiguration(document);
  return 'errors' in outcome ? outcome.errors.map(String) : [];
};

describe('encryption configuration', () => {
  const wrong: [string, unknown, string][] = [
    ['another kind', { ...header, kind: 'Policy' }, 'no kind "Policy" is registered for version "apiserver.config.k8s.io/v1"'],
    ['no resources', header, 'resources: Required value: at least one resources is required'],
    ['no providers', { ...header, resources: [{ resources: ['secrets'] }] }, 'resources[0].providers: Required value: at least one resources[0].providers is required'],
    ['a provider that is none', withProvider({ rot13: {} }), 'resources[0].providers[0]: Invalid value: {}: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'],
    ['two providers in one', withProvider({ identity: {}, aescbc: { keys } }), 'resources[0].providers[0]: Invalid value: {}: more than one provider specified in a single element, should split into different list elements'],
    ['no keys', withProvider({ aesgcm: {} }), 'resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required'],
    ['a key without name', withProvider({ aesgcm: { keys: [{ secret }] } }), 'resources[0].providers[0].aesgcm.keys[0].name: Required value: name is a mandatory field for a key'],
    ['a key without secret', withProvider({ aesgcm: { keys: [{ name: 'a' }] } }), 'resources[0].providers[0].aesgcm.keys[0].secret: Required value: secret is a mandatory field for a key'],
    ['a secret that is no base64', withProvider({ aesgcm: { keys: [{ name: 'a', secret: 'öäü' }] } }), 'resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded'],
    ['a short secret', withProvider({ secretbox: { keys: [{ name: 'a', secret: Buffer.alloc(16).toString('base64') }] } }), 'resources[0].providers[0].secretbox.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 16, expected one of [32]'],
    ['a key service by TCP', withProvider({ kms: { apiVersion: 'v2', name: 'k', endpoint: 'tcp://127.0.0.1' } }), 'resources[0].providers[0].kms.endpoint: Invalid value: "tcp://127.0.0.1": unsupported scheme "tcp" for KMS provider, only unix is supported'],
    ['a timeout of nothing', withProvider({ kms: { apiVersion: 'v2', name: 'k', endpoint: 'unix:///k', timeout: '0s' } }), 'resources[0].providers[0].kms.timeout: Invalid value: "0s": timeout should be a positive value'],
    ['a resource twice', withResources('secrets', 'secrets'), 'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times'],
    ['a resource and all of its group', withResources('secrets', '*.'), "resources[0].resources: Invalid value: [\"secrets\",\"*.\"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"],
    ['a resource and everything', withResources('secrets', '*.*'), "resources[0].resources: Invalid value: [\"secrets\",\"*.*\"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"],
    ['capitals', withResources('Secrets'), 'resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain capital letters'],
    ['a bare star', withResources('*'), "resources[0].resources[0]: Invalid value: \"*\": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"],
    ['a resource of all groups', withResources('pods.*'), 'resources[0].resources[0]: Invalid value: "pods.*": encrypting the same resource across groups is not supported'],
  ]; // prettier-ignore
  for (const [name, document, expected] of wrong)
    it(`refuses ${name}`, () => assert.deepEqual(errorsOf(document), [expected]));

  it('tells of all keys that are wrong, and shows none', () => {
    const told = errorsOf(
      withProvider({
        aescbc: {
          keys: [
            { name: 'a', secret: 'c2hvcnQ=' },
            { name: 'b', secret: '?' },
          ],
        },
      }),
    );
    assert.equal(told.length, 2);
    assert.ok(!told.join().includes('c2hvcnQ='));
  });

  it('finds the first list that names a resource, its group or everything', () => {
    const list = (resources: string[], name: string) => ({
      resources,
      providers: [{ aesgcm: { keys: [{ name, secret }] } }],
    });
    const outcome = parseEncryptionConfiguration({
      ...header,
      resources: [
        list(['secrets', 'deployments.apps'], 'one'),
        list(['*.apps'], 'two'),
        list(['*.'], 'three'),
        list(['*.*'], 'four'),
      ],
    });
    assert.ok('configuration' in outcome);
    const keyOf = (group: string, resource: string): string | undefined => {
      const [provider] = providersFor(outcome.configuration, { group, resource }) ?? [];
      return provider?.kind === 'aesgcm' ? provider.keys[0]!.name : undefined;
    };
    assert.deepEqual(
      [
        ['', 'secrets'],
        ['apps', 'deployments'],
        ['apps', 'daemonsets'],
        ['', 'configmaps'],
        ['batch', 'jobs'],
        ['apps', 'secrets'],
      ].map(([group, resource]) => keyOf(group!, resource!)),
      ['one', 'one', 'two', 'three', 'four', 'two'],
    );
    const some = parseEncryptionConfiguration(withResources('secrets'));
    assert.ok('configuration' in some);
    assert.equal(providersFor(some.configuration, { group: '', resource: 'configmaps' }), undefined);
  });
});
