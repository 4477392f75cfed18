import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FlowSchemaSpec, PolicyRulesWithSubjects } from '../../api/schema/generated/flowcontrol-v1.ts';
import { requestInfoOf } from '../stages/request-info.ts';
import { coversRequest, rulesOfUser } from './flow-schema-rules.ts';

type Rules = PolicyRulesWithSubjects;
const everybody: Rules['subjects'] = [{ kind: 'Group', group: { name: '*' } }];

function specOf(rules: Partial<Rules>): FlowSchemaSpec {
  return { priorityLevelConfiguration: { name: 'any' }, rules: [{ subjects: everybody, ...rules }] };
}

function covers(rules: Partial<Rules>, method: string, url: string): boolean {
  const [path = '', query = ''] = url.split('?');
  const user = { name: 'jane', groups: ['dev'] };
  return coversRequest(
    rulesOfUser(specOf(rules), user),
    requestInfoOf({ method, path, query: new URLSearchParams(query) }),
  );
}

describe('rules of flow schemas', () => {
  const account = (namespace: string, name: string): Rules['subjects'] => [
    { kind: 'ServiceAccount', serviceAccount: { namespace, name } },
  ];
  const users: [string, Rules['subjects'], boolean][] = [
    ['the user', [{ kind: 'User', user: { name: 'system:serviceaccount:ns:app' } }], true],
    ['any user', [{ kind: 'User', user: { name: '*' } }], true],
    ['another user', [{ kind: 'User', user: { name: 'joe' } }], false],
    ['one of the groups', [{ kind: 'Group', group: { name: 'b' } }], true],
    ['any group', [{ kind: 'Group', group: { name: '*' } }], true],
    ['another group', [{ kind: 'Group', group: { name: 'c' } }], false],
    ['the service account', account('ns', 'app'), true],
    ['any service account of the namespace', account('ns', '*'), true],
    ['another service account', account('ns', 'ap'), false],
    ['any service account of another namespace', account('n', '*'), false],
    ['a subject without its part', [{ kind: 'User' }], false],
    ['nobody', [], false],
  ];
  for (const [what, subjects, expected] of users)
    it(`about ${what} are ${expected ? '' : 'not '}about the user`, () => {
      const user = { name: 'system:serviceaccount:ns:app', groups: ['a', 'b'] };
      assert.equal(rulesOfUser(specOf({ subjects }), user).length, expected ? 1 : 0);
    });

  const pods = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'], namespaces: ['x'] };
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const resources: [string, NonNullable<Rules['resourceRules']>[number], string, string, boolean][] = [
    ['verb, group, resource and namespace', pods, 'GET', '/api/v1/namespaces/x/pods/p', true],
    ['another verb', pods, 'DELETE', '/api/v1/namespaces/x/pods/p', false],
    ['another group', pods, 'GET', '/apis/metrics.k8s.io/v1/namespaces/x/pods/p', false],
    ['a subresource that is not named', pods, 'GET', '/api/v1/namespaces/x/pods/p/status', false],
    [
      'a subresource that is named',
      { ...pods, resources: ['pods/status'] },
      'GET',
      '/api/v1/namespaces/x/pods/p/status',
      true,
    ],
    ['another namespace', pods, 'GET', '/api/v1/namespaces/y/pods/p', false],
    ['all namespaces at once, without clusterScope', pods, 'GET', '/api/v1/pods', false],
    ['all namespaces at once, with clusterScope', { ...pods, clusterScope: true }, 'GET', '/api/v1/pods', true],
    ['everything in namespaces', { ...all, namespaces: ['*'] }, 'POST', '/apis/apps/v1/namespaces/x/deployments', true],
    ['everything in namespaces, but not nodes', { ...all, namespaces: ['*'] }, 'GET', '/api/v1/nodes', false],
    ['a path', { ...all, clusterScope: true }, 'GET', '/healthz', false],
  ];
  for (const [what, rule, method, url, expected] of resources)
    it(`for resources: ${what}`, () => assert.equal(covers({ resourceRules: [rule] }, method, url), expected));

  const paths: [string, string[], string, boolean][] = [
    ['itself', ['/healthz'], '/healthz', true],
    ['what is below', ['/healthz'], '/healthz/etcd', true],
    ['what is below, with a star', ['/healthz/*'], '/healthz/etcd', true],
    ['not what only begins so', ['/healthz'], '/healthzz', false],
    ['all', ['*'], '/version', true],
    ['no resource', ['*'], '/api/v1/pods', false],
  ];
  for (const [what, nonResourceURLs, url, expected] of paths)
    it(`for paths: ${nonResourceURLs.join()} covers ${what}`, () =>
      assert.equal(covers({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs }] }, 'GET', url), expected));
});
