import type { Container, Pod } from '../../api/schema/generated/core-v1.ts';
import { info, pass, warn, type CisCheck, type CisGroup } from './cis-check.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import { noneOf, objectCheck } from './rbac-policies.ts';

const ownNamespaces = ['kube-system', 'kube-public', 'kube-node-lease'];
const enforce = 'pod-security.kubernetes.io/enforce';
const restrict = `label the namespace ${enforce}=baseline or restricted`;

/** Pods of people, not of the cluster's own parts. */
function podsOf({ pods }: ClusterObjects): readonly Pod[] {
  return pods.filter(({ metadata }) => !ownNamespaces.includes(metadata?.namespace ?? ''));
}

const nameOf = ({ metadata }: Pod): string => `${metadata?.namespace}/${metadata?.name}`;
const containersOf = (pod: Pod): readonly Container[] => [
  ...(pod.spec?.initContainers ?? []),
  ...(pod.spec?.containers ?? []),
];

/** PASS where no pod of people is so. */
function noPod(id: string, title: string, isSo: (pod: Pod) => boolean, remedy = restrict): CisCheck {
  return objectCheck(id, title, (objects) => noneOf(podsOf(objects).filter(isSo).map(nameOf), 'no pod does', remedy));
}

const anyContainer =
  (isSo: (container: Container) => boolean) =>
  (pod: Pod): boolean =>
    containersOf(pod).some(isSo);

/** 5.2: what pods may be. */
export const podSecurity: CisGroup = {
  id: '5.2',
  title: 'Policies: pod security',
  checks: [
    objectCheck('5.2.1', 'A policy holds pods in bounds in every namespace', ({ namespaces }) =>
      noneOf(
        namespaces
          .filter(
            ({ metadata }) =>
              !ownNamespaces.includes(metadata?.name ?? '') &&
              !['baseline', 'restricted'].includes(metadata?.labels?.[enforce] ?? ''),
          )
          .map(({ metadata }) => `namespace ${metadata?.name} has none`),
        `every namespace has the label ${enforce}`,
        restrict,
      ),
    ),
    noPod(
      '5.2.2',
      'Pods do not run privileged containers',
      anyContainer(({ securityContext }) => securityContext?.privileged === true),
    ),
    noPod('5.2.3', "Pods do not share the host's process ids", ({ spec }) => spec?.hostPID === true),
    noPod('5.2.4', "Pods do not share the host's IPC", ({ spec }) => spec?.hostIPC === true),
    noPod('5.2.5', "Pods do not share the host's network", ({ spec }) => spec?.hostNetwork === true),
    noPod(
      '5.2.6',
      'Containers do not allow privilege escalation',
      anyContainer(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false),
    ),
    noPod('5.2.7', 'Containers do not run as root', (pod) =>
      containersOf(pod).some(({ securityContext }) => {
        const context = { ...pod.spec?.securityContext, ...securityContext };
        return context.runAsNonRoot !== true && !(context.runAsUser && context.runAsUser > 0);
      }),
    ),
    noPod(
      '5.2.8',
      'Containers do not have NET_RAW',
      anyContainer(
        ({ securityContext }) =>
          !securityContext?.capabilities?.drop?.some((name) => ['ALL', 'NET_RAW'].includes(name)),
      ),
    ),
    noPod(
      '5.2.9',
      'Containers do not add capabilities',
      anyContainer(({ securityContext }) => (securityContext?.capabilities?.add ?? []).length > 0),
    ),
    noPod(
      '5.2.10',
      'Containers drop all capabilities',
      anyContainer(({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL')),
    ),
    { id: '5.2.11', title: 'Pods are not Windows HostProcess pods', check: () => info('nodes of k8ts are Linux') },
    noPod(
      '5.2.12',
      'Pods do not mount folders of the host',
      ({ spec }) => spec?.volumes?.some(({ hostPath }) => hostPath) ?? false,
    ),
    noPod(
      '5.2.13',
      'Pods do not take ports of the host',
      anyContainer(({ ports }) => ports?.some(({ hostPort }) => hostPort) ?? false),
    ),
  ],
};

/** 5.3 to 5.6: networks, secrets, images and the rest. */
export const generalPolicies: CisGroup = {
  id: '5.3-5.6',
  title: 'Policies: networks, secrets, images, namespaces',
  checks: [
    {
      id: '5.3.1',
      title: 'The pod network enforces network policies',
      check: () =>
        warn(
          'the bridge of the container runtime does not: a policy is kept and has no effect',
          'a node with a network plugin that does',
        ),
    },
    objectCheck('5.3.2', 'Every namespace has a network policy', ({ namespaces, networkPolicies }) =>
      noneOf(
        namespaces
          .map(({ metadata }) => metadata?.name ?? '')
          .filter(
            (name) =>
              !ownNamespaces.includes(name) && !networkPolicies.some(({ metadata }) => metadata?.namespace === name),
          )
          .map((name) => `namespace ${name} has none`),
        'each has one',
        'make a NetworkPolicy that denies all, and others for what must be',
      ),
    ),
    noPod(
      '5.4.1',
      'Secrets come as files and not as environment variables',
      anyContainer(({ env, envFrom }) =>
        [...(env ?? []).map((one) => one.valueFrom?.secretKeyRef), ...(envFrom ?? []).map((one) => one.secretRef)].some(
          Boolean,
        ),
      ),
      'mount the secret as a volume',
    ),
    {
      id: '5.4.2',
      title: 'Secrets are kept outside of the cluster',
      check: () => info('only you know where yours are'),
    },
    {
      id: '5.5.1',
      title: 'Where images come from is checked',
      check: () => info('whether a webhook for images fits, only you know'),
    },
    { id: '5.6.1', title: 'Namespaces part those who must not meet', check: () => info('only you know who they are') },
    noPod(
      '5.6.2',
      'Pods have the seccomp profile of the runtime',
      (pod) =>
        !pod.spec?.securityContext?.seccompProfile &&
        containersOf(pod).some(({ securityContext }) => !securityContext?.seccompProfile),
      'set securityContext.seccompProfile.type: RuntimeDefault',
    ),
    noPod(
      '5.6.3',
      'Pods have a security context',
      (pod) => !pod.spec?.securityContext && containersOf(pod).some(({ securityContext }) => !securityContext),
      'give pods and containers a securityContext',
    ),
    objectCheck('5.6.4', 'The namespace default is not used', ({ pods }) => {
      const found = pods.filter(({ metadata }) => metadata?.namespace === 'default');
      return found.length === 0
        ? pass('no pod is in it')
        : warn(`${found.length} pods are in it`, 'make namespaces for them');
    }),
  ],
};
