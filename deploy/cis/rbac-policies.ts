import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { info, pass, warn, type CisCheck, type CisFacts, type CisGroup, type CisVerdict } from './cis-check.ts';
import { gives, grantsToOthers, isOthers, type ClusterObjects } from './cluster-objects.ts';

/** A check of objects; INFO where the API server cannot be asked. */
export function objectCheck(
  id: string,
  title: string,
  judge: (objects: ClusterObjects, facts: CisFacts) => CisVerdict,
): CisCheck {
  return {
    id,
    title,
    check: (facts) => (facts.objects ? judge(facts.objects, facts) : info('the API server cannot be asked')),
  };
}

/** PASS where nothing is found, else a warning that names the first few. */
export function noneOf(found: readonly string[], none: string, remedy: string): CisVerdict {
  if (found.length === 0) return pass(none);
  const rest = found.length > 5 ? ` and ${found.length - 5} more` : '';
  return warn(`${found.slice(0, 5).join(', ')}${rest}`, remedy);
}

/** Who, besides the cluster's own parts, may do it. */
function fewMay(id: string, title: string, group: string, resource: string, verbs: readonly string[]): CisCheck {
  return objectCheck(id, title, (objects) =>
    noneOf(
      grantsToOthers(objects)
        .filter(({ rules }) => gives(rules, group, resource, verbs))
        .map(({ binding }) => binding),
      "nobody besides the cluster's own parts",
      'see whether each needs it, and take it from who does not',
    ),
  );
}

function mountsToken(pod: Pod, { serviceAccounts }: ClusterObjects): boolean {
  const { namespace } = pod.metadata ?? {};
  const account = serviceAccounts.find(
    ({ metadata }) =>
      metadata?.namespace === namespace && metadata?.name === (pod.spec?.serviceAccountName ?? 'default'),
  );
  return pod.spec?.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
}

const nameOf = ({ metadata }: { metadata?: { namespace?: string; name?: string } }): string =>
  `${metadata?.namespace}/${metadata?.name}`;

/** 5.1: who may do what. */
export const rbacPolicies: CisGroup = {
  id: '5.1',
  title: 'Policies: RBAC and service accounts',
  checks: [
    objectCheck('5.1.1', 'cluster-admin is bound only where it must be', (objects) =>
      noneOf(
        [...objects.clusterRoleBindings, ...objects.roleBindings]
          .filter(({ roleRef, metadata }) => roleRef.name === 'cluster-admin' && metadata?.name !== 'cluster-admin')
          .map(({ metadata }) => metadata?.name ?? ''),
        'only by the binding cluster-admin',
        'bind a role with fewer rights',
      ),
    ),
    fewMay('5.1.2', 'Few may read secrets', '', 'secrets', ['get', 'list', 'watch']),
    objectCheck('5.1.3', 'Roles have no wildcards', ({ clusterRoles, roles }) =>
      noneOf(
        [...clusterRoles, ...roles]
          .filter(isOthers)
          .filter(({ rules }) =>
            rules?.some((rule) => [rule.verbs, rule.resources, rule.apiGroups].some((list) => list?.includes('*'))),
          )
          .map(({ metadata }) => metadata?.name ?? ''),
        "no role besides the bootstrap policy's",
        'name groups, resources and verbs',
      ),
    ),
    fewMay('5.1.4', 'Few may create pods', '', 'pods', ['create']),
    objectCheck('5.1.5', 'Default service accounts are not used', (objects) =>
      noneOf(
        objects.pods
          .filter((pod) => (pod.spec?.serviceAccountName ?? 'default') === 'default' && mountsToken(pod, objects))
          .map(nameOf),
        'no pod has a token of one',
        'give the workloads service accounts of their own, or set automountServiceAccountToken: false',
      ),
    ),
    objectCheck('5.1.6', 'Tokens are mounted only where they are needed', (objects) =>
      noneOf(
        objects.pods
          .filter((pod) => pod.metadata?.namespace !== 'kube-system' && mountsToken(pod, objects))
          .map(nameOf),
        'no pod outside of kube-system has one',
        'set automountServiceAccountToken: false where the API server is not asked',
      ),
    ),
    objectCheck('5.1.7', 'The group system:masters is not used', (objects, { paths }) => {
      const bound = grantsToOthers(objects).filter(({ subjects }) =>
        subjects.some(({ name }) => name === 'system:masters'),
      );
      return warn(
        [
          `${paths.adminKubeconfig} is of it, so that it works whatever RBAC says; no component is`,
          ...bound.map(({ binding }) => binding),
        ].join(', '),
        'keep that file for emergencies and bind people to roles',
      );
    }),
    objectCheck('5.1.8', 'Few may bind, escalate or impersonate', (objects) =>
      noneOf(
        grantsToOthers(objects)
          .filter(({ rules }) =>
            rules.some(({ verbs }) => verbs.some((verb) => ['*', 'bind', 'escalate', 'impersonate'].includes(verb))),
          )
          .map(({ binding }) => binding),
        "nobody besides the cluster's own parts",
        'see whether each needs it, and take it from who does not',
      ),
    ),
    fewMay('5.1.9', 'Few may create persistent volumes', '', 'persistentvolumes', ['create']),
    fewMay('5.1.10', 'Few may reach kubelets through the API server', '', 'nodes/proxy', ['get', 'create']),
    fewMay('5.1.11', 'Few may approve certificates', 'certificates.k8s.io', 'certificatesigningrequests/approval', [
      'update',
      'patch',
    ]),
    fewMay('5.1.12', 'Few may set up webhooks', 'admissionregistration.k8s.io', 'mutatingwebhookconfigurations', [
      'create',
      'update',
      'patch',
    ]),
    fewMay('5.1.13', 'Few may make tokens of service accounts', '', 'serviceaccounts/token', ['create']),
  ],
};
