import type { Node, NodeSystemInfo } from '../../schema/generated/core-v1.ts';
import { none, unknown } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { roundResourceList } from './resource-list-defaults.ts';
import { keepSpec, keepStatus, nullTimes } from '../strategy.ts';
import { validateNode, validateNodeUpdate } from './node-validation.ts';
import { defineResource } from '../define-resource.ts';

export const nodes = defineResource<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.core.v1.Node',
  storagePrefix: 'minions',
  storageVersionHash: 'XwShjMxG9Fs=',
  subresources: {
    proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    status: { kind: 'Node', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setNodeDefaults,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeUpdate,
  warnings: nodeWarnings,
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'The status of the node',
      cell: formatStatus,
    },
    {
      name: 'Roles',
      type: 'string',
      description: 'The roles of the node',
      cell: formatRoles,
    },
    ageColumn,
    {
      name: 'Version',
      type: 'string',
      description: 'Kubelet Version reported by the node.',
      cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? '',
    },
    {
      name: 'Internal-IP',
      type: 'string',
      priority: 1,
      description:
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
      cell: (node) => addressOf(node, 'InternalIP'),
    },
    {
      name: 'External-IP',
      type: 'string',
      priority: 1,
      description:
        "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
      cell: (node) => addressOf(node, 'ExternalIP'),
    },
    {
      name: 'OS-Image',
      type: 'string',
      priority: 1,
      description: 'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
      cell: (node) => node.status?.nodeInfo?.osImage || unknown,
    },
    {
      name: 'Kernel-Version',
      type: 'string',
      priority: 1,
      description: "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
      cell: (node) => node.status?.nodeInfo?.kernelVersion || unknown,
    },
    {
      name: 'Container-Runtime',
      type: 'string',
      priority: 1,
      description:
        'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
      cell: (node) => node.status?.nodeInfo?.containerRuntimeVersion || unknown,
    },
  ],
  selectableFields: {
    'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false),
  },
});

function formatStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

const rolePrefix = 'node-role.kubernetes.io/';

/** The roles that labels give a node, by `node-role.kubernetes.io/ROLE` or `kubernetes.io/role: ROLE`. */
function formatRoles(node: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value) roles.add(value);
  }
  return [...roles].sort().join(',') || none;
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? none;
}

function setNodeDefaults(node: Node): void {
  const spec = (node.spec ??= {});
  const status = (node.status ??= {});
  // The singular field is the older one: it wins where the two differ.
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.length) spec.podCIDR = spec.podCIDRs[0];
  status.daemonEndpoints ??= {};
  status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 };
  const info = (status.nodeInfo ??= {} as NodeSystemInfo);
  info.machineID ??= '';
  info.systemUUID ??= '';
  info.bootID ??= '';
  info.kernelVersion ??= '';
  info.osImage ??= '';
  info.containerRuntimeVersion ??= '';
  info.kubeletVersion ??= '';
  info.kubeProxyVersion ??= '';
  info.operatingSystem ??= '';
  info.architecture ??= '';
  for (const condition of status.conditions ?? []) nullTimes(condition, 'lastHeartbeatTime', 'lastTransitionTime');
  roundResourceList(status.capacity);
  if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  else roundResourceList(status.allocatable);
}

function nodeWarnings({ spec }: Node): string[] {
  const warnings: string[] = [];
  if (spec?.configSource) warnings.push('spec.configSource: the feature is removed');
  if (spec?.externalID) warnings.push('spec.externalID: this field is deprecated, and is unused by Kubernetes');
  return warnings;
}
