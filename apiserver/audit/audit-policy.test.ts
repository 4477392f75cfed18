import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createAuditPolicy, unknownPolicyFields, validateAuditPolicy, type AuditPolicy, type AuditSubject } from './audit-policy.ts'; // prettier-ignore

const pods: AuditSubject = {
  verb: 'get',
  isResource: true,
  path: '/api/v1/namespaces/a/pods/p',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'a',
  name: 'p',
};
const healthz: AuditSubject = {
  ...pods,
  isResource: false,
  path: '/healthz/etcd',
  resource: '',
  namespace: '',
  name: '',
};
const user = { name: 'jane', groups: ['dev', 'system:authenticated'] };

describe('audit policy', () => {
  const matching: [string, AuditPolicy['rules'][number], AuditSubject, boolean][] = [
    ['a rule without conditions', { level: 'Metadata' }, pods, true],
    ['the user', { level: 'Metadata', users: ['jane'] }, pods, true],
    ['another user', { level: 'Metadata', users: ['joe'] }, pods, false],
    ['one of the groups', { level: 'Metadata', userGroups: ['ops', 'dev'] }, pods, true],
    ['other groups', { level: 'Metadata', userGroups: ['ops'] }, pods, false],
    ['the verb', { level: 'Metadata', verbs: ['list', 'get'] }, pods, true],
    ['other verbs', { level: 'Metadata', verbs: ['create'] }, pods, false],
    ['the namespace', { level: 'Metadata', namespaces: ['a'] }, pods, true],
    ['another namespace', { level: 'Metadata', namespaces: ['b'] }, pods, false],
    ['no namespace', { level: 'Metadata', namespaces: [''] }, { ...pods, namespace: '' }, true],
    ['all of the group', { level: 'Metadata', resources: [{ group: '' }] }, pods, true],
    ['all of another group', { level: 'Metadata', resources: [{ group: 'apps' }] }, pods, false],
    ['the resource', { level: 'Metadata', resources: [{ resources: ['pods'] }] }, pods, true],
    ['the resource, for a subresource', { level: 'Metadata', resources: [{ resources: ['pods'] }] }, { ...pods, subresource: 'log' }, false], // prettier-ignore
    ['the subresource', { level: 'Metadata', resources: [{ resources: ['pods/log'] }] }, { ...pods, subresource: 'log' }, true], // prettier-ignore
    ['any subresource', { level: 'Metadata', resources: [{ resources: ['pods/*'] }] }, { ...pods, subresource: 'log' }, true], // prettier-ignore
    ['a subresource of any resource', { level: 'Metadata', resources: [{ resources: ['*/log'] }] }, { ...pods, subresource: 'log' }, true], // prettier-ignore
    ['everything', { level: 'Metadata', resources: [{ resources: ['*'] }] }, { ...pods, subresource: 'log' }, true],
    ['the name', { level: 'Metadata', resources: [{ resources: ['pods'], resourceNames: ['p'] }] }, pods, true],
    ['another name', { level: 'Metadata', resources: [{ resources: ['pods'], resourceNames: ['q'] }] }, pods, false],
    ['a path', { level: 'Metadata', nonResourceURLs: ['/healthz/etcd'] }, healthz, true],
    ['the beginning of a path', { level: 'Metadata', nonResourceURLs: ['/healthz*'] }, healthz, true],
    ['another path', { level: 'Metadata', nonResourceURLs: ['/livez*'] }, healthz, false],
    ['paths, for a resource', { level: 'Metadata', nonResourceURLs: ['*'] }, pods, false],
    ['resources, for a path', { level: 'Metadata', resources: [{ resources: ['*'] }] }, healthz, false],
  ];
  for (const [name, rule, subject, expected] of matching)
    it(`${expected ? 'matches' : 'passes over'} ${name}`, () => {
      const { level } = createAuditPolicy({ rules: [rule] })(subject, user);
      assert.equal(level, expected ? 'Metadata' : 'None');
    });

  it('takes the first rule that matches, and the stages that either leaves out', () => {
    const decide = createAuditPolicy({
      omitStages: ['RequestReceived'],
      omitManagedFields: true,
      rules: [
        { level: 'None', users: ['system:kube-proxy'] },
        { level: 'Request', verbs: ['get'], omitStages: ['ResponseStarted'], omitManagedFields: false },
        { level: 'Metadata' },
      ],
    });
    assert.deepEqual(decide(pods, user), {
      level: 'Request',
      omitStages: new Set(['RequestReceived', 'ResponseStarted']),
      omitManagedFields: false,
    });
    assert.deepEqual(decide({ ...pods, verb: 'list' }, user), {
      level: 'Metadata',
      omitStages: new Set(['RequestReceived']),
      omitManagedFields: true,
    });
    assert.equal(decide(pods, { name: 'system:kube-proxy', groups: [] }).level, 'None');
  });

  it('never takes somebody unknown for the user of a rule', () => {
    const decide = createAuditPolicy({ rules: [{ level: 'None', userGroups: ['dev'] }, { level: 'Metadata' }] });
    assert.equal(decide(pods, undefined).level, 'Metadata');
  });

  const header = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' };
  const wrong: [string, unknown, string][] = [
    ['another kind', { ...header, kind: 'Pod' }, 'no kind "Pod" is registered for version "audit.k8s.io/v1"'],
    ['a version that is gone', { ...header, apiVersion: 'audit.k8s.io/v1beta1' }, 'no kind "Policy" is registered for version "audit.k8s.io/v1beta1"'], // prettier-ignore
    ['no rules', header, 'loaded illegal policy with 0 rules'],
    ['no level', { ...header, rules: [{}] }, 'rules[0].level: Required value'],
    ['a level that is none', { ...header, rules: [{ level: 'All' }] }, 'rules[0].level: Unsupported value: "All": supported values: "Metadata", "None", "Request", "RequestResponse"'], // prettier-ignore
    ['a stage that is none', { ...header, omitStages: ['End'], rules: [{ level: 'None' }] }, 'omitStages[0]: Invalid value: "End": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic'], // prettier-ignore
    ['a path without slash', { ...header, rules: [{ level: 'None', nonResourceURLs: ['healthz'] }] }, 'rules[0].nonResourceURLs[0]: Invalid value: "healthz": non-resource URL rules must begin with a \'/\' character'], // prettier-ignore
    ['a star inside a path', { ...header, rules: [{ level: 'None', nonResourceURLs: ['/a*b'] }] }, "rules[0].nonResourceURLs[0]: Invalid value: \"/a*b\": non-resource URL wildcards '*' must be the final character of the rule"], // prettier-ignore
    ['names without resources', { ...header, rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] }, 'rules[0].resources[0].resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource'], // prettier-ignore
    ['a user that is no list', { ...header, rules: [{ level: 'None', users: 'jane' }] }, 'rules[0].users: expected a list of strings'], // prettier-ignore
  ];
  for (const [name, document, expected] of wrong)
    it(`refuses ${name}`, () => assert.deepEqual(validateAuditPolicy(document), [expected]));

  it('names fields that no policy has', () => {
    const document = { ...header, rules: [{ level: 'None', user: ['a'], resources: [{ resource: 'pods' }] }] };
    assert.deepEqual(validateAuditPolicy(document), []);
    assert.deepEqual(unknownPolicyFields(document), [
      'unknown field "rules[0].user"',
      'unknown field "rules[0].resources[0].resource"',
    ]);
  });
});
