import { planAggregatedRules } from '../../../controllers/rbac/plan-aggregated-rules.ts';
import type { ClusterRole } from '../../../api/schema/generated/rbac-v1.ts';
import { createSigningRequest } from '../../../component/signing-request.ts';
import { harmless, mergePatch, pod } from '../attacks/attack.ts';
import type { Target } from './target.ts';

/** What attacks are about. */
export interface Furniture {
  /** Of the service account `team/app`, bound to the pod `team/pod-a` on `node-a`. */
  readonly podToken: string;
  readonly uids: {
    readonly app: string;
    readonly boss: string;
    readonly podA: string;
    readonly podB: string;
    readonly nodeA: string;
  };
  /** PEM of requests by what they ask for. */
  readonly signingRequests: { readonly nodeA: string; readonly nodeB: string; readonly masters: string };
  /** Tokens that were good once, by what has become of them. */
  readonly oldTokens: {
    readonly accountDeleted: string;
    readonly accountMadeAnew: string;
    readonly podDeleted: string;
    readonly secretDeleted: string;
  };
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const always = (name: string): string => `/api/v1/namespaces/${name}`;
const token = (spec: object = {}): object => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });

/** Two namespaces with one pod each on a node each, one where pods are restricted, and people with some rights in them. */
export async function furnish(administer: Target['administer']): Promise<Furniture> {
  const create = async (path: string, body: object) => (await administer('POST', path, body)).json;
  const uidOf = async (path: string, body: object): Promise<string> =>
    (await create(path, body)).metadata.uid as string;
  const named = (name: string, more: object = {}): object => ({ metadata: { name, ...more } });

  for (const name of ['team', 'other']) await create('/api/v1/namespaces', named(name));
  const enforce = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await create('/api/v1/namespaces', named('restricted', { labels: enforce }));
  for (const name of ['team', 'other', 'restricted']) await create(`${always(name)}/serviceaccounts`, named('default'));
  const app = await uidOf(`${always('team')}/serviceaccounts`, named('app'));
  const boss = await uidOf(`${always('other')}/serviceaccounts`, named('boss'));
  await create(`${always('team')}/secrets`, { ...named('mounted-a'), stringData: { key: 'a' } });
  await create(`${always('other')}/secrets`, { ...named('hidden-b'), stringData: { key: 'b' } });
  await create(`${always('team')}/configmaps`, named('settings'));

  await fillAggregatedRoles(administer);
  await grant(administer);

  const taints = [{ key: 'dedicated', effect: 'NoSchedule' }];
  const nodeA = await uidOf('/api/v1/nodes', { ...named('node-a'), spec: { taints } });
  await create('/api/v1/nodes', named('node-b'));
  await administer('PATCH', '/api/v1/nodes/node-a/status', { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] } }, mergePatch); // prettier-ignore
  const onNode = (name: string, nodeName: string, account: string, secretName?: string): object =>
    pod(name, {
      containers: [{ name: 'main', image: 'image', securityContext: harmless }],
      nodeName,
      serviceAccountName: account,
      ...(secretName ? { volumes: [{ name: 'secret', secret: { secretName } }] } : {}),
    });
  const podA = await uidOf(`${always('team')}/pods`, onNode('pod-a', 'node-a', 'app', 'mounted-a'));
  const podB = await uidOf(`${always('other')}/pods`, onNode('pod-b', 'node-b', 'boss', 'hidden-b'));
  await create(`${always('restricted')}/pods`, onNode('quiet', 'node-b', 'default'));
  await lureProxies(administer);

  for (const [id, more] of [
    ['abcdef', {}],
    ['expird', { expiration: '2020-01-01T00:00:00Z' }],
    ['signer', { 'usage-bootstrap-authentication': 'false' }],
    ['master', { 'auth-extra-groups': 'system:masters' }],
  ] as const)
    await create(`${always('kube-system')}/secrets`, bootstrapToken(id, more));
  await create(`${always('team')}/secrets`, bootstrapToken('planted'.slice(0, 6), {}));

  const tokenOf = async (namespace: string, name: string, spec: object = {}): Promise<string> =>
    (await create(`${always(namespace)}/serviceaccounts/${name}/token`, token(spec))).status.token as string;
  const boundTo = (kind: string, name: string, uid: string): object => ({ boundObjectRef: { apiVersion: 'v1', kind, name, uid } }); // prettier-ignore
  const [nodeARequest, nodeBRequest, mastersRequest] = await Promise.all([
    createSigningRequest({ commonName: 'system:node:node-a', organizations: ['system:nodes'] }),
    createSigningRequest({ commonName: 'system:node:node-b', organizations: ['system:nodes'] }),
    createSigningRequest({ commonName: 'eve', organizations: ['system:masters'] }),
  ]);
  await create('/apis/certificates.k8s.io/v1/certificatesigningrequests', {
    ...named('pending'),
    spec: {
      request: Buffer.from(nodeBRequest!.request).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  });
  return {
    podToken: await tokenOf('team', 'app', boundTo('Pod', 'pod-a', podA)),
    uids: { app, boss, podA, podB, nodeA },
    signingRequests: {
      nodeA: nodeARequest!.request,
      nodeB: nodeBRequest!.request,
      masters: mastersRequest!.request,
    },
    oldTokens: await agedTokens(administer, tokenOf),
  };
}

function bootstrapToken(id: string, more: Readonly<Record<string, string>>): object {
  return {
    metadata: { name: `bootstrap-token-${id}` },
    type: 'bootstrap.kubernetes.io/token',
    stringData: {
      'token-id': id,
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      ...more,
    },
  };
}

/** What the aggregation controller would do. */
async function fillAggregatedRoles(administer: Target['administer']): Promise<void> {
  for (const name of ['view', 'edit', 'admin']) {
    const { items } = (await administer('GET', `${rbac}/clusterroles`)).json as { items: ClusterRole[] };
    const role = items.find(({ metadata }) => metadata.name === name)!;
    await administer('PATCH', `${rbac}/clusterroles/${name}`, { rules: planAggregatedRules(role, items) }, mergePatch);
  }
}

/** The rights of those who have some. */
async function grant(administer: Target['administer']): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const to = (user: string, role: string): object => ({
    metadata: { name: `${user}-${role}` },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  });
  const pods = (verbs: readonly string[], ...resources: string[]): object => ({ apiGroups: [''], resources, verbs });
  const looks = ['get', 'list', 'watch'];
  const writes = ['get', 'update', 'patch'];
  for (const [name, rules] of [
    ['looker', [pods(looks, 'pods', 'pods/log', 'pods/exec', 'pods/attach', 'pods/portforward')]],
    [
      'debugger',
      [
        pods(['*'], 'pods/ephemeralcontainers', 'pods/proxy', 'services/proxy', 'nodes/proxy'),
        pods(looks, 'pods', 'pods/exec'),
      ],
    ],
    [
      'writer',
      [
        pods(writes, 'configmaps', 'secrets', 'serviceaccounts', 'services', 'endpoints'),
        { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'], verbs: writes }, // prettier-ignore
        { apiGroups: ['coordination.k8s.io', apiGroup, 'apps'], resources: ['leases', 'roles', 'rolebindings', 'deployments'], verbs: writes }, // prettier-ignore
      ],
    ],
  ] as const) {
    await administer('POST', `${rbac}/clusterroles`, { metadata: { name }, rules });
    await administer('POST', `${rbac}/clusterrolebindings`, to(name, name));
  }
  for (const namespace of ['team', 'restricted'])
    await administer('POST', `${rbac}/namespaces/${namespace}/rolebindings`, to('team-admin', 'admin'));
}

/** Objects that say they are at addresses of the API server's own host, and of its neighbourhood. */
async function lureProxies(administer: Target['administer']): Promise<void> {
  const pods = `${always('team')}/pods`;
  for (const [name, podIP] of [
    ['loopback', '127.0.0.1'],
    ['metadata', '169.254.169.254'],
    ['loopback6', '::1'],
  ] as const) {
    await administer('POST', pods, pod(name));
    await administer('PATCH', `${pods}/${name}/status`, { status: { podIP, podIPs: [{ ip: podIP }] } }, mergePatch);
  }
}

/** Tokens whose account, pod or secret is gone. */
async function agedTokens(
  administer: Target['administer'],
  tokenOf: (namespace: string, name: string, spec?: object) => Promise<string>,
): Promise<Furniture['oldTokens']> {
  const accounts = `${always('team')}/serviceaccounts`;
  const secrets = `${always('team')}/secrets`;
  const pods = `${always('team')}/pods`;
  const create = async (path: string, body: object): Promise<string> =>
    (await administer('POST', path, body)).json.metadata.uid as string;
  for (const name of ['gone', 'anew']) await create(accounts, { metadata: { name } });
  const [accountDeleted, accountMadeAnew] = [await tokenOf('team', 'gone'), await tokenOf('team', 'anew')];
  // What was good once, the server may remember.
  const use = (token: string): Promise<unknown> =>
    administer('GET', '/api', undefined, { authorization: `Bearer ${token}` });
  for (const token of [accountDeleted, accountMadeAnew]) await use(token);
  for (const name of ['gone', 'anew']) await administer('DELETE', `${accounts}/${name}`);
  await create(accounts, { metadata: { name: 'anew' } });

  const podUid = await create(pods, pod('short', { serviceAccountName: 'app' }));
  const secretUid = await create(secrets, { metadata: { name: 'short' } });
  const bound = (kind: string, uid: string): object => ({ boundObjectRef: { apiVersion: 'v1', kind, name: 'short', uid } }); // prettier-ignore
  const podDeleted = await tokenOf('team', 'app', bound('Pod', podUid));
  const secretDeleted = await tokenOf('team', 'app', bound('Secret', secretUid));
  for (const token of [podDeleted, secretDeleted]) await use(token);
  await administer('DELETE', `${pods}/short?gracePeriodSeconds=0`);
  await administer('DELETE', `${secrets}/short`);
  return {
    accountDeleted,
    accountMadeAnew,
    podDeleted,
    secretDeleted,
  };
}
