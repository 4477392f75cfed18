import type {
  FlowSchema,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
  ResourcePolicyRule,
} from '../../api/schema/generated/flowcontrol-v1.ts';
import type { ObjectMeta } from '../../api/schema/generated/meta-v1.ts';

/** The priority level that is never held up, and its flow schema: both are there also where their objects are not. */
export const exemptName = 'exempt';
/** The priority level and the flow schema of what no other takes: there also where their objects are not. */
export const catchAllName = 'catch-all';

function metadata(name: string): ObjectMeta {
  return { name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } };
}

function queued(
  name: string,
  shares: number,
  lendablePercent: number,
  queues: readonly [queues: number, handSize: number],
): PriorityLevelConfiguration {
  return {
    metadata: metadata(name),
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: shares,
        limitResponse: {
          type: 'Queue',
          queuing: { queues: queues[0], handSize: queues[1], queueLengthLimit: 50 },
        },
        lendablePercent,
      },
    },
  };
}

/** Of every cluster; operators change what they like. */
export const defaultLevels: readonly PriorityLevelConfiguration[] = [
  {
    metadata: metadata('exempt'),
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  {
    metadata: metadata('catch-all'),
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' }, lendablePercent: 0 },
    },
  },
  queued('system', 30, 33, [64, 6]),
  queued('node-high', 40, 25, [64, 6]),
  queued('leader-election', 10, 0, [16, 4]),
  queued('workload-high', 40, 50, [128, 6]),
  queued('workload-low', 100, 90, [128, 6]),
  queued('global-default', 20, 50, [128, 6]),
];

type Subject = PolicyRulesWithSubjects['subjects'][number];

const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const kubeSystemAccounts: Subject = {
  kind: 'ServiceAccount',
  serviceAccount: { namespace: 'kube-system', name: '*' },
};
const everybody = [group('system:unauthenticated'), group('system:authenticated')];
const allResources: ResourcePolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  clusterScope: true,
  namespaces: ['*'],
};

/** Rules for all that the subjects may ask. */
function everything(...subjects: Subject[]): PolicyRulesWithSubjects {
  return {
    subjects,
    resourceRules: [allResources],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  };
}

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  rules: PolicyRulesWithSubjects,
): FlowSchema {
  return {
    metadata: metadata(name),
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(distinguisher ? { distinguisherMethod: { type: distinguisher } } : {}),
      rules: [rules],
    },
  };
}

/** Of every cluster; operators change what they like. */
export const defaultSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, everything(group('system:masters'))),
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler'), kubeSystemAccounts],
    resourceRules: [
      {
        verbs: ['get', 'create', 'update'],
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        namespaces: ['*'],
      },
    ],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: [group('system:nodes')],
    resourceRules: [
      { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: ['*'] },
      { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', everything(group('system:nodes'))),
  schema(
    'kube-controller-manager',
    'workload-high',
    800,
    'ByNamespace',
    everything(user('system:kube-controller-manager')),
  ),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(user('system:kube-scheduler'))),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything(kubeSystemAccounts)),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(group('system:serviceaccounts'))),
  schema('global-default', 'global-default', 9900, 'ByUser', everything(...everybody)),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(...everybody)),
];
