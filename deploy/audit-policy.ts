import { existsSync } from 'node:fs';
import { dump } from 'js-yaml';
import { writeFileAtomic } from '../component/atomic-file.ts';

const changes = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const metadata = { level: 'Metadata', omitStages: ['RequestReceived'] };

/**
 * What `k8ts up --audit` records: who read or changed secrets and configuration, who changed rights and workloads, and who
 * went into pods; never what was in a request. What components do for a living is left out.
 */
const policy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    {
      level: 'None',
      users: ['system:apiserver', 'system:kube-scheduler', 'system:kube-controller-manager', 'system:kube-proxy'],
    },
    { level: 'None', userGroups: ['system:nodes', 'system:serviceaccounts:kube-system'] },
    {
      ...metadata,
      resources: [
        { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    {
      ...metadata,
      resources: [
        {
          group: '',
          resources: ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy', 'nodes/proxy'],
        },
      ],
    },
    {
      ...metadata,
      verbs: changes,
      resources: [
        { group: '', resources: ['pods', 'services', 'namespaces', 'nodes', 'serviceaccounts', 'persistentvolumes'] },
        { group: 'apps', resources: ['deployments', 'daemonsets', 'statefulsets', 'replicasets'] },
        { group: 'batch', resources: ['jobs', 'cronjobs'] },
        { group: 'rbac.authorization.k8s.io' },
        { group: 'networking.k8s.io' },
        { group: 'certificates.k8s.io' },
        { group: 'admissionregistration.k8s.io' },
        { group: 'apiextensions.k8s.io' },
      ],
    },
  ],
};

/** Writes the policy, for its owner alone, where there is none; one that somebody has changed stays. */
export async function ensureAuditPolicy(file: string): Promise<void> {
  if (!existsSync(file)) await writeFileAtomic(file, dump(policy, { noRefs: true }), { mode: 0o600 });
}
