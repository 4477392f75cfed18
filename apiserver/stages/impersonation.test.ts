import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createUser, groupMasters, type User } from '../authenticators/authenticator.ts';
import type { Attributes, Authorizer } from '../authorizers/authorizer.ts';
import type { ApiRequest } from '../request.ts';
import { createImpersonation, type Impersonation } from './impersonation.ts';

const admin = createUser({ name: 'admin', groups: [groupMasters] });
const asker = createUser({ name: 'bot', groups: ['bots'] });

describe('impersonation', () => {
  /** `verb group/resource/subresource namespace/name` of what is allowed; masters may do everything. */
  let allowed: Set<string>;
  let asked: string[];
  let impersonate: Impersonation;
  beforeEach(() => {
    allowed = new Set();
    asked = [];
    const authorizer: Authorizer = {
      name: 'test',
      authorize: ({ user, verb, group, resource, subresource, namespace, name }) => {
        const what = `${verb} ${group}/${resource}/${subresource} ${namespace}/${name}`;
        asked.push(what);
        return { kind: user.groups.includes(groupMasters) || allowed.has(what) ? 'allow' : 'noOpinion', reason: '' };
      },
    };
    impersonate = createImpersonation(authorizer);
  });

  const act = async (headers: ApiRequest['headers'], user: User = admin): Promise<User> =>
    impersonate({ headers }, user, () => attributes(user));
  const attributes = (user: User): Attributes => ({
    user,
    verb: 'list',
    path: '/api/v1/pods',
    isResource: true,
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: '',
    name: '',
  });

  it('is not asked for by other headers', async () => {
    assert.equal(await act({ authorization: 'x' }), admin);
    assert.equal(await act({ 'impersonate-user': '' }), admin);
    assert.deepEqual(asked, []);
  });

  const cases: [string, ApiRequest['headers'], Partial<User>][] = [
    ['a user', { 'impersonate-user': 'jane' }, { name: 'jane', groups: ['system:authenticated'] }],
    [
      'groups, uid and extra',
      {
        'impersonate-user': 'jane',
        'impersonate-group': ['a', 'b, c'],
        'impersonate-uid': 'u',
        'impersonate-extra-acme.com%2fproject': 'p',
      },
      { name: 'jane', uid: 'u', groups: ['a', 'b, c', 'system:authenticated'], extra: { 'acme.com/project': ['p'] } },
    ],
    [
      'extra of a name that means something to JavaScript',
      { 'impersonate-user': 'jane', 'impersonate-extra-__proto__': 'p', 'impersonate-extra-constructor': 'c' },
      { extra: JSON.parse('{"__proto__":["p"],"constructor":["c"]}') as User['extra'] },
    ],
    [
      'a service account with its groups',
      { 'impersonate-user': 'system:serviceaccount:n:s' },
      { groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'] },
    ],
    [
      'a service account with other groups',
      { 'impersonate-user': 'system:serviceaccount:n:s', 'impersonate-group': 'only' },
      { groups: ['only', 'system:authenticated'] },
    ],
    ['somebody anonymous', { 'impersonate-user': 'system:anonymous' }, { groups: ['system:unauthenticated'] }],
    ['a node', { 'impersonate-user': 'system:node:n' }, { groups: ['system:authenticated'] }],
  ];
  for (const [name, headers, expected] of cases) {
    it(`makes ${name}`, async () => {
      const user = await act(headers);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(user[key as keyof User], value);
    });
  }

  it('needs a user name', async () => {
    await assert.rejects(() => act({ 'impersonate-group': 'g', 'impersonate-extra-scopes': 'x' }), {
      reason: 'BadRequest',
      message:
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g"}, Extra:map[string][]string{"scopes":[]string{"x"}}} without impersonating a user name',
    });
  });

  it('tells what the constrained way would have needed', async () => {
    await assert.rejects(() => act({ 'impersonate-user': 'jane' }, asker), {
      message:
        'pods is forbidden: User "bot" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope',
    });
    await assert.rejects(
      () => act({ 'impersonate-user': 'system:node:n' }, asker),
      /impersonate-on:arbitrary-node:list/,
    );
    await assert.rejects(
      () => act({ 'impersonate-user': 'system:serviceaccount:n:s' }, asker),
      /impersonate-on:serviceaccount:list/,
    );
  });

  it('allows the constrained way: to be the user, and to do this as the user', async () => {
    allowed.add('impersonate-on:user-info:list /pods/ /');
    await assert.rejects(
      () => act({ 'impersonate-user': 'jane' }, asker),
      /cannot impersonate:user-info resource "users"/,
    );
    allowed.add('impersonate:user-info authentication.k8s.io/users/ /jane');
    assert.equal((await act({ 'impersonate-user': 'jane' }, asker)).name, 'jane');
    await assert.rejects(
      () => act({ 'impersonate-user': 'jane', 'impersonate-group': 'g' }, asker),
      /resource "groups"/,
    );
  });

  it('allows the legacy way, and tells of it first to who used it', async () => {
    allowed.add('impersonate /users/ /jane');
    assert.equal((await act({ 'impersonate-user': 'jane' }, asker)).name, 'jane');
    await assert.rejects(() => act({ 'impersonate-user': 'joe' }, asker), {
      message:
        'users "joe" is forbidden: User "bot" cannot impersonate resource "users" in API group "" at the cluster scope',
    });
    await assert.rejects(
      () => act({ 'impersonate-user': 'jane', 'impersonate-extra-scopes': 'x' }, asker),
      /userextras.authentication.k8s.io "x" is forbidden: .* resource "userextras\/scopes"/,
    );
  });

  it('lets an agent on a node be that node', async () => {
    const agent = createUser({
      name: 'system:serviceaccount:n:agent',
      extra: { 'authentication.kubernetes.io/node-name': ['n1'] },
    });
    allowed.add('impersonate-on:associated-node:list /pods/ /');
    allowed.add('impersonate:associated-node authentication.k8s.io/nodes/ /*');
    const node = await act({ 'impersonate-user': 'system:node:n1' }, agent);
    assert.equal(node.name, 'system:node:n1');
    assert.deepEqual(node.groups, ['system:nodes', 'system:authenticated']);
    await assert.rejects(() => act({ 'impersonate-user': 'system:node:n2' }, agent), { reason: 'Forbidden' });
  });

  const refusals: [string, ApiRequest['headers'], string][] = [
    [
      'a master',
      { 'impersonate-group': 'system:masters' },
      'groups.authentication.k8s.io "system:masters" is forbidden: User "bot" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed',
    ],
    [
      'of a group without a name',
      { 'impersonate-group': '' },
      'groups.authentication.k8s.io is forbidden: User "bot" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the empty string group is not allowed',
    ],
    [
      'one with extra that has no domain',
      { 'impersonate-extra-scopes': 'x' },
      'userextras.authentication.k8s.io is forbidden: User "bot" cannot impersonate:user-info resource "userextras" in API group "authentication.k8s.io" at the cluster scope: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "scopes": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
  ];
  for (const [name, headers, message] of refusals) {
    it(`lets nobody be ${name} by the constrained way`, async () => {
      allowed.add('impersonate-on:user-info:list /pods/ /');
      allowed.add('impersonate:user-info authentication.k8s.io/users/ /jane');
      for (const group of ['', 'system:masters', '*']) {
        allowed.add(`impersonate:user-info authentication.k8s.io/groups/ /${group}`);
      }
      allowed.add('impersonate:user-info authentication.k8s.io/userextras/scopes /x');
      await assert.rejects(() => act({ 'impersonate-user': 'jane', ...headers }, asker), { message });
    });
  }

  it('asks for many groups at once first', async () => {
    allowed.add('impersonate-on:user-info:list /pods/ /');
    allowed.add('impersonate:user-info authentication.k8s.io/users/ /jane');
    allowed.add('impersonate:user-info authentication.k8s.io/groups/ /*');
    const many = { 'impersonate-user': 'jane', 'impersonate-group': ['a', 'b', 'c', 'd'] };
    assert.equal((await act(many, asker)).groups.length, 5);
    assert.ok(!asked.some((question) => question.endsWith('/a')));
  });

  it('takes a name that no node may have for a user', async () => {
    await assert.rejects(
      () => act({ 'impersonate-user': 'system:node:Bad_Name' }, asker),
      /impersonate-on:user-info:list/,
    );
  });
});
