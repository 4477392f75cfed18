import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { clusterRoleBindings } from '../../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../../api/resources/rbac/role-binding.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { subjectAccessReviews } from '../../../api/resources/authorization/subject-access-review.ts';
import { resources } from '../../../api/resources/index.ts';
import { createUser } from '../../../apiserver/authenticators/authenticator.ts';
import type { AuthorizerChain } from '../../../apiserver/authorizers/authorizer-chain.ts';
import type { Attributes } from '../../../apiserver/authorizers/authorizer.ts';
import { createAuthorizer } from '../../../apiserver/authorizers/create-authorizer.ts';
import { createDigest } from '../../../apiserver/rest/digest.ts';
import { createMemoryStorage } from '../../../apiserver/storage/memory-storage.ts';
import { createCacheReader } from '../../../apiserver/storage/watch-cache-reader.ts';
import { createWatchCache } from '../../../apiserver/storage/watch-cache.ts';
import { createSeededRandom } from '../../../component/seeded-random.ts';
import { clusterRoleAggregationController } from '../../../controllers/rbac/cluster-role-aggregation.ts';
import { testDeps } from '../../support/api-server.ts';
import { startTestControllers, type TestControllers } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { createNaivePolicy, type Asker, type Question } from './naive-policy.ts';
import { readPolicyFacts, type FactBinding, type PolicyFacts } from './policy-facts.ts';

const group = 'rbac.authorization.k8s.io';
const facts = readPolicyFacts();

/** Every role is held by somebody: those that nobody has in a new cluster, and the three for people, in `team`. */
const held = new Set(facts.bindings.filter(({ subjects }) => subjects.length > 0).map(({ roleName }) => roleName));
const added: FactBinding[] = [
  ...['admin', 'edit', 'view'].map((roleName) => bindingTo(`team-${roleName}`, roleName, 'team')),
  ...facts.roles
    .filter(({ namespace, name }) => namespace === '' && !held.has(name))
    .map(({ name }) => bindingTo(`holder-of-${name}`, name, '')),
];
const everything: PolicyFacts = { ...facts, bindings: [...facts.bindings, ...added] };

function bindingTo(user: string, roleName: string, namespace: string): FactBinding {
  return { namespace, roleKind: 'ClusterRole', roleName, subjects: [{ kind: 'User', namespace: '', name: user }] };
}

/** Everybody a binding names, with the groups they have, and those who only look like one of them. */
function askers(): Asker[] {
  const accountGroups = (namespace: string): string[] => [
    'system:serviceaccounts',
    `system:serviceaccounts:${namespace}`,
    'system:authenticated',
  ];
  const account = (namespace: string, name: string): Asker => ({
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: accountGroups(namespace),
  });
  const node = (name: string, ...groups: string[]): Asker => ({ name, groups: [...groups, 'system:authenticated'] });
  const named = everything.bindings.flatMap(({ subjects }) =>
    subjects.map(({ kind, namespace, name }): Asker => {
      if (kind === 'ServiceAccount') return account(namespace, name);
      if (kind === 'User') return { name, groups: ['system:authenticated'] };
      return { name: `member of ${name}`, groups: [name] };
    }),
  );
  const all = [
    ...named,
    node('jane'),
    { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    node('system:bootstrap:abcdef', 'system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token'),
    node('system:node:node-a', 'system:nodes'),
    node('system:node:node-a'),
    node('node-a', 'system:nodes'),
    node('system:node:', 'system:nodes'),
    node('kube-scheduler'),
    node('System:Kube-Scheduler'),
    account('team', 'job-controller'),
    account('kube-system', 'default'),
    { name: 'system:serviceaccount:kube-system:job-controller', groups: [] },
    { name: 'system:masters', groups: ['System:Masters', 'system:authenticated'] },
  ];
  return [...new Map(all.map((asker) => [JSON.stringify(asker), asker])).values()];
}

const verbs = [
  ...new Set([
    ...facts.served.flatMap((one) => one.verbs),
    ...facts.roles.flatMap(({ rules }) => rules.flatMap((rule) => rule.verbs)).filter((verb) => verb !== '*'),
    ...['impersonate', 'bind', 'escalate', 'use', 'unheard-of'],
  ]),
];
const paths = [
  ...new Set([
    ...facts.roles
      .flatMap(({ rules }) => rules.flatMap((rule) => rule.paths))
      .flatMap((path) => (path.endsWith('*') ? [path.slice(0, -1), `${path.slice(0, -1)}below`] : [path, `${path}/x`])),
    ...['/', '', '/metrics', '/debug/pprof/', '/logs', '/versions', '/.well-known/openid-configuration', '/openid/v1/jwks'],
  ]),
]; // prettier-ignore
const places = ['', 'team', 'kube-system'];
/** Where something in a namespace of its own is granted, or is not. */
const morePlaces = ['kube-public', 'kube-node-lease', 'default'];
const grantedInPlaces = new Set(
  facts.roles.flatMap(({ namespace, rules }) => (namespace ? rules.flatMap((rule) => rule.resources) : [])),
);

/** Everything that is served, or that a rule speaks of, by any name that a rule gives and one that none does. */
function* questions(): Generator<Question> {
  const names = new Map<string, Set<string>>();
  const add = (key: string, name: string): void => void names.set(key, (names.get(key) ?? new Set()).add(name));
  for (const one of facts.served) add(`${one.group} ${one.resource}`, '');
  for (const rule of facts.roles.flatMap(({ rules }) => rules))
    for (const one of rule.groups.filter((word) => word !== '*'))
      for (const resource of rule.resources.filter((word) => word !== '*'))
        for (const name of ['', ...rule.names, ...(rule.names.length ? ['another'] : [])])
          add(`${one} ${resource}`, name);
  for (const resource of ['nodes', 'nodes/status', 'pods', 'secrets']) add(` ${resource}`, 'node-a');
  for (const key of ['coordination.k8s.io leases', 'storage.k8s.io csinodes', ' serviceaccounts'])
    for (const name of ['node-a', 'node-b']) add(key, name);
  add('example.com widgets', '');
  add('example.com widgets/status', 'one');
  for (const [key, all] of names)
    for (const name of all)
      for (const namespace of grantedInPlaces.has(key.split(' ')[1]!) ? [...places, ...morePlaces] : places)
        for (const verb of verbs)
          yield { verb, group: key.split(' ')[0]!, resource: key.split(' ')[1]!, namespace, name };
  for (const path of paths)
    for (const verb of [...verbs, 'post', 'put', 'head', 'options'])
      yield { verb, group: '', resource: '', namespace: '', name: '', path };
}

function attributesOf({ name, groups }: Asker, question: Question): Attributes {
  const slash = question.resource.indexOf('/');
  return {
    user: createUser({ name, groups }),
    verb: question.verb,
    path: question.path ?? '',
    isResource: question.path === undefined,
    group: question.group,
    version: 'v1',
    resource: slash < 0 ? question.resource : question.resource.slice(0, slash),
    subresource: slash < 0 ? '' : question.resource.slice(slash + 1),
    namespace: question.namespace,
    name: question.name,
  };
}

describe('who may do what in a new cluster', function () {
  this.timeout(120_000);
  const storage = createMemoryStorage(testDeps());
  const stop = new AbortController();
  let cluster: TestControllers;
  let authorizer: AuthorizerChain;
  let running: Promise<void>;

  before(async () => {
    cluster = await startTestControllers([clusterRoleAggregationController], {
      server: { storage, config: { authorizationModes: ['Node', 'RBAC'] } },
    });
    const { client } = cluster;
    await client.create(namespaces, { metadata: { name: 'team' } });
    for (const { namespace, roleKind, roleName, subjects } of added) {
      const metadata = { name: subjects[0]!.name, ...(namespace ? { namespace } : {}) };
      const binding = {
        metadata,
        subjects: subjects.map(({ kind, name }) => ({ kind, name, apiGroup: group })),
        roleRef: { kind: roleKind, name: roleName, apiGroup: group },
      };
      await (namespace ? client.create(roleBindings, binding) : client.create(clusterRoleBindings, binding));
    }
    await eventually('the three roles for people are filled', async () => {
      const { items } = await client.list(clusterRoles);
      const rules = new Map(items.map((role) => [role.metadata.name, role.rules?.length ?? 0]));
      const own = (name: string): number => facts.roles.find((role) => role.name === name)!.rules.length;
      const [view, edit, admin] = ['view', 'edit', 'admin'].map((name) => own(`system:aggregate-to-${name}`));
      return (
        rules.get('view') === view &&
        rules.get('edit') === view! + edit! &&
        rules.get('admin') === view! + edit! + admin!
      );
    });
    const deps = testDeps();
    const cache = createWatchCache({ storage, deps, digest: createDigest(resources) });
    running = cache.run(stop.signal);
    await cache.waitForSync();
    const reader = createCacheReader({
      cache,
      storage,
      rowOf: (ref) =>
        resources.find((row) => row.group === ref.group && row.version === ref.version && row.plural === ref.plural),
    });
    authorizer = createAuthorizer({ modes: ['Node', 'RBAC'] }, { ...deps, cache: reader });
  });
  after(async () => {
    stop.abort();
    await running;
    await cluster?.stop();
    await storage.close();
  });

  const decide = (asker: Asker, question: Question): boolean => {
    const decision = authorizer.authorize(attributesOf(asker, question));
    assert.ok(!(decision instanceof Promise));
    return decision.kind === 'allow';
  };

  it('is what upstream grants: every component, verb, resource, name and path', () => {
    const expectedOf = createNaivePolicy(everything);
    const all = [...questions()];
    const different: string[] = [];
    let allowed = 0;
    for (const asker of askers()) {
      const expected = expectedOf(asker);
      for (const question of all) {
        const is = decide(asker, question);
        if (is) allowed++;
        if (is !== expected(question) && different.length < 50)
          different.push(
            `${asker.name} [${asker.groups.join()}] ${JSON.stringify(question)}: ${is ? 'may' : 'may not'}`,
          );
      }
    }
    assert.deepEqual(different, []);
    assert.ok(allowed > all.length, 'masters alone may do all');
  });

  it('is what a review over the wire says, too', async () => {
    const random = createSeededRandom(1);
    const expectedOf = createNaivePolicy(everything);
    const all = [...questions()];
    const who = askers();
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
    // Half of what is asked is what somebody may: most of all questions are answered no.
    const asked: [Asker, Question][] = [];
    while (asked.length < 300) {
      const [asker, question] = [pick(who), pick(all)];
      if (asked.length % 2 === 0 || expectedOf(asker)(question)) asked.push([asker, question]);
    }
    for (const [asker, question] of asked) {
      const { path, verb, namespace, name } = question;
      const { resource, subresource } = attributesOf(asker, question);
      const review = await cluster.client.create(subjectAccessReviews, {
        metadata: {},
        spec: {
          user: asker.name,
          groups: [...asker.groups],
          ...(path === undefined
            ? {
                resourceAttributes: {
                  verb,
                  group: question.group,
                  version: 'v1',
                  resource,
                  subresource,
                  namespace,
                  name,
                },
              }
            : { nonResourceAttributes: { verb, path } }),
        },
      });
      assert.equal(review.status?.allowed, expectedOf(asker)(question), `${asker.name} ${JSON.stringify(question)}`);
    }
  });
});
