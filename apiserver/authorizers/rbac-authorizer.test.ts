import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { clusterRoleBindings } from '../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../api/resources/rbac/role-binding.ts';
import { roles } from '../../api/resources/rbac/role.ts';
import type { PolicyRule, Subject } from '../../api/schema/generated/rbac-v1.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { createUser } from '../authenticators/authenticator.ts';
import type { Attributes, Decision } from './authorizer.ts';
import type { AuthorizerChain } from './authorizer-chain.ts';
import { createAuthorizer } from './create-authorizer.ts';

const jane: Subject = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' };
const apiGroup = 'rbac.authorization.k8s.io';

describe('RBAC authorizer', () => {
  let cache: FakeCacheReader;
  let authorizer: AuthorizerChain;
  beforeEach(() => {
    cache = new FakeCacheReader();
    authorizer = createAuthorizer({ modes: ['RBAC'] }, { ...createTestDeps(), cache });
  });

  const ask = (asked: Partial<Attributes>, user = createUser({ name: 'jane', groups: ['devs'] })): Decision =>
    authorizer.authorize({
      user,
      verb: 'get',
      path: '',
      isResource: true,
      group: '',
      version: 'v1',
      resource: 'pods',
      subresource: '',
      namespace: 'a',
      name: '',
      ...asked,
    }) as Decision;
  const grant = (rules: PolicyRule[], subjects = [jane]): void => {
    cache.put(roles, { metadata: { namespace: 'a', name: 'r' }, rules });
    cache.put(roleBindings, {
      metadata: { namespace: 'a', name: 'b' },
      subjects,
      roleRef: { apiGroup, kind: 'Role', name: 'r' },
    });
  };
  const grantEverywhere = (rules: PolicyRule[], subjects = [jane]): void => {
    cache.put(clusterRoles, { metadata: { name: 'cr' }, rules });
    cache.put(clusterRoleBindings, {
      metadata: { name: 'crb' },
      subjects,
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'cr' },
    });
  };

  it('allows nothing by itself', () => {
    assert.deepEqual(ask({}), { kind: 'noOpinion', reason: '' });
  });

  it('lets system:masters do everything', () => {
    assert.equal(ask({ verb: 'x' }, createUser({ name: 'root', groups: ['system:masters'] })).kind, 'allow');
  });

  it('says by which binding of which role to whom', () => {
    grant([{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]);
    assert.deepEqual(ask({}), {
      kind: 'allow',
      reason: 'RBAC: allowed by RoleBinding "b/a" of Role "r" to User "jane"',
    });
    assert.equal(ask({ namespace: 'other' }).kind, 'noOpinion');
    assert.equal(ask({ verb: 'delete' }).kind, 'noOpinion');
  });

  it('knows groups, and service accounts by their user name', () => {
    grant(
      [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
      [
        { kind: 'Group', apiGroup, name: 'devs' },
        { kind: 'ServiceAccount', namespace: 'x', name: 'bot' },
      ],
    );
    assert.match(ask({}).reason, /to Group "devs"$/);
    assert.match(ask({}, createUser({ name: 'system:serviceaccount:x:bot' })).reason, /to ServiceAccount "bot\/x"$/);
    assert.equal(ask({}, createUser({ name: 'bot' })).kind, 'noOpinion');
  });

  it('grants a cluster role everywhere by a ClusterRoleBinding, in one namespace by a RoleBinding', () => {
    grantEverywhere([{ verbs: ['list'], apiGroups: ['apps'], resources: ['deployments'] }]);
    const deployments = { verb: 'list', group: 'apps', resource: 'deployments' };
    assert.equal(ask({ ...deployments, namespace: '' }).kind, 'allow');
    assert.equal(ask({ ...deployments, namespace: 'any' }).kind, 'allow');
    cache.delete(clusterRoleBindings, { name: 'crb' });
    assert.equal(ask({ ...deployments, namespace: 'any' }).kind, 'noOpinion');
    cache.put(roleBindings, {
      metadata: { namespace: 'n', name: 'b' },
      subjects: [jane],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'cr' },
    });
    assert.equal(ask({ ...deployments, namespace: 'n' }).kind, 'allow');
    assert.equal(ask({ ...deployments, namespace: '' }).kind, 'noOpinion');
  });

  it('follows changes of roles and bindings', () => {
    grant([{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]);
    cache.put(roles, { metadata: { namespace: 'a', name: 'r' }, rules: [] });
    assert.equal(ask({}).kind, 'noOpinion');
    cache.put(roles, {
      metadata: { namespace: 'a', name: 'r' },
      rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    });
    assert.equal(ask({}).kind, 'allow');
    cache.put(roleBindings, {
      metadata: { namespace: 'a', name: 'b' },
      subjects: [{ ...jane, name: 'joe' }],
      roleRef: { apiGroup, kind: 'Role', name: 'r' },
    });
    assert.equal(ask({}).kind, 'noOpinion');
    assert.equal(ask({}, createUser({ name: 'joe' })).kind, 'allow');
    cache.delete(roleBindings, { namespace: 'a', name: 'b' });
    assert.equal(ask({}, createUser({ name: 'joe' })).kind, 'noOpinion');
  });

  it('finds what was bound before it was made', () => {
    grant([{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]);
    authorizer = createAuthorizer({ modes: ['RBAC'] }, { ...createTestDeps(), cache });
    assert.equal(ask({}).kind, 'allow');
  });

  it('tells of a bound role that is missing', () => {
    cache.put(roleBindings, {
      metadata: { namespace: 'a', name: 'b' },
      subjects: [jane],
      roleRef: { apiGroup, kind: 'Role', name: 'absent' },
    });
    assert.deepEqual(ask({}), { kind: 'noOpinion', reason: 'RBAC: role.rbac.authorization.k8s.io "absent" not found' });
  });

  const resourceCases: [string, PolicyRule, Partial<Attributes>, boolean][] = [
    ['a resource is not its subresource', rule('get', '', 'pods'), { subresource: 'log' }, false],
    ['a subresource is not its resource', rule('get', '', 'pods/log'), {}, false],
    ['a subresource by name', rule('get', '', 'pods/log'), { subresource: 'log' }, true],
    ['a subresource of any resource', rule('get', '', '*/scale'), { subresource: 'scale' }, true],
    ['any resource includes subresources', rule('get', '', '*'), { subresource: 'log' }, true],
    ['pods/* is no wildcard', rule('get', '', 'pods/*'), { subresource: 'log' }, false],
    ['a named object', { ...rule('get', '', 'pods'), resourceNames: ['x'] }, { name: 'x' }, true],
    ['another object', { ...rule('get', '', 'pods'), resourceNames: ['x'] }, { name: 'y' }, false],
    ['names do not help a list', { ...rule('list', '', 'pods'), resourceNames: ['x'] }, { verb: 'list' }, false],
    ['any verb', rule('*', '', 'pods'), { verb: 'deletecollection' }, true],
    ['any group', rule('get', '*', 'pods'), { group: 'apps' }, true],
    ['the core group is not any group', rule('get', '', 'pods'), { group: 'apps' }, false],
  ];
  for (const [name, granted, asked, allowed] of resourceCases) {
    it(name, () => {
      grant([granted]);
      assert.equal(ask(asked).kind, allowed ? 'allow' : 'noOpinion');
    });
  }

  const pathCases: [string, string, boolean][] = [
    ['/healthz', '/healthz', true],
    ['/healthz', '/healthz/etcd', false],
    ['/healthz/*', '/healthz/etcd', true],
    ['/healthz/*', '/healthz', false],
    ['*', '/anything', true],
  ];
  for (const [url, path, allowed] of pathCases) {
    it(`${url} ${allowed ? 'covers' : 'does not cover'} ${path}`, () => {
      grantEverywhere([{ verbs: ['get'], nonResourceURLs: [url] }]);
      assert.equal(ask({ isResource: false, path, namespace: '', resource: '' }).kind, allowed ? 'allow' : 'noOpinion');
    });
  }

  it('names the first subject of a binding that the user is, and lists its rules once', () => {
    const devs: Subject = { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'devs' };
    grant([rule('get', '', 'pods')], [devs, jane]);
    assert.equal(ask({}).reason, 'RBAC: allowed by RoleBinding "b/a" of Role "r" to Group "devs"');
    const { resourceRules } = authorizer.rulesFor(createUser({ name: 'jane', groups: ['devs'] }), 'a');
    assert.equal(resourceRules.length, 1);
  });

  it('takes a service account without a namespace for one of the namespace of the binding', () => {
    grant([rule('get', '', 'pods')], [{ kind: 'ServiceAccount', name: 'bot' }]);
    const { reason } = ask({}, createUser({ name: 'system:serviceaccount:a:bot' }));
    assert.equal(reason, 'RBAC: allowed by RoleBinding "b/a" of Role "r" to ServiceAccount "bot/a"');
  });

  it('lists what there is where a role is missing, and says so', () => {
    grant([rule('get', '', 'pods')]);
    cache.put(roleBindings, {
      metadata: { namespace: 'a', name: 'dangling' },
      subjects: [jane],
      roleRef: { apiGroup, kind: 'Role', name: 'absent' },
    });
    const rules = authorizer.rulesFor(createUser({ name: 'jane' }), 'a');
    assert.equal(rules.resourceRules.length, 1);
    assert.equal(rules.incomplete, false);
    assert.equal(rules.evaluationError, 'role.rbac.authorization.k8s.io "absent" not found');
  });

  it('lists the rules of a user', () => {
    grant([{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['x'] }]);
    grantEverywhere([{ verbs: ['get'], nonResourceURLs: ['/metrics'] }]);
    assert.deepEqual(authorizer.rulesFor(createUser({ name: 'jane' }), 'a'), {
      resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['x'] }],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
      incomplete: false,
    });
  });
});

describe('authorization modes', () => {
  const deps = { ...createTestDeps(), cache: new FakeCacheReader() };
  it('must be known, given, and given once', () => {
    assert.throws(() => createAuthorizer({ modes: ['Bogus'] }, deps), /"Bogus" is not a valid mode/);
    assert.throws(() => createAuthorizer({ modes: [] }, deps), /at least one/);
    assert.throws(() => createAuthorizer({ modes: ['RBAC', 'RBAC'] }, deps), /more than once/);
  });
});

function rule(verb: string, group: string, resource: string): PolicyRule {
  return { verbs: [verb], apiGroups: [group], resources: [resource] };
}
