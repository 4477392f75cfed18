import { none, timeSince, unset } from '../../../api/meta/printers.ts';
import { addQuantities, formatQuantity, milliValue, quantityValue } from '../../../api/meta/quantity.ts';
import { leases } from '../../../api/resources/coordination/lease.ts';
import { nodes } from '../../../api/resources/core/node.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import type { Node, Pod } from '../../../api/schema/generated/core-v1.ts';
import { podResource } from '../pod-resources.ts';
import { defineDescriber, type Surroundings } from '../describer.ts';
import { annotationRows, formatDate, pairs, row, rows } from '../lines.ts';

export const nodeDescriber = defineDescriber(nodes, async (node, around) => {
  const { metadata, spec = {}, status = {} } = node;
  const name = metadata.name!;
  const fieldSelector = `spec.nodeName=${name},status.phase!=Failed,status.phase!=Succeeded`;
  const running = await around.list(pods, {}, { fieldSelector });
  const taints = [...(spec.taints ?? [])].sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
  const info = status.nodeInfo;
  return [
    `Name:\t${name}`,
    `Roles:\t${rolesOf(node)}`,
    ...pairs('Labels', metadata.labels),
    ...annotationRows('Annotations', metadata.annotations),
    `CreationTimestamp:\t${formatDate(metadata.creationTimestamp)}`,
    ...rows(
      'Taints',
      taints.map(({ key, value, effect }) => (value ? `${key}=${value}:${effect}` : `${key}:${effect}`)),
    ),
    `Unschedulable:\t${spec.unschedulable ?? false}`,
    ...(await leaseRows(name, around)),
    ...conditionRows(node),
    ...(status.addresses?.length
      ? ['Addresses:', ...status.addresses.map(({ type, address }) => `  ${type}:\t${address}`)]
      : []),
    ...amounts('Capacity', status.capacity),
    ...amounts('Allocatable', status.allocatable),
    ...(info
      ? [
          'System Info:',
          `  Machine ID:\t${info.machineID}`,
          `  System UUID:\t${info.systemUUID}`,
          `  Boot ID:\t${info.bootID}`,
          `  Kernel Version:\t${info.kernelVersion}`,
          `  OS Image:\t${info.osImage}`,
          `  Operating System:\t${info.operatingSystem}`,
          `  Architecture:\t${info.architecture}`,
          `  Container Runtime Version:\t${info.containerRuntimeVersion}`,
          `  Kubelet Version:\t${info.kubeletVersion}`,
        ]
      : []),
    ...row('PodCIDR', spec.podCIDR),
    ...(spec.podCIDRs?.length ? [`PodCIDRs:\t${spec.podCIDRs.join(',')}`] : []),
    ...row('ProviderID', spec.providerID),
    ...podRows(running, status.allocatable ?? status.capacity ?? {}, around.nowMs),
  ];
});

function rank({ effect }: { readonly effect: string }): number {
  return ['NoExecute', 'NoSchedule', 'PreferNoSchedule'].indexOf(effect);
}

function rolesOf({ metadata }: Node): string {
  const prefix = 'node-role.kubernetes.io/';
  const labels = metadata.labels ?? {};
  const roles = Object.keys(labels).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
  if (labels['kubernetes.io/role']) roles.push(labels['kubernetes.io/role']);
  return roles.sort().join(',') || none;
}

async function leaseRows(name: string, around: Surroundings): Promise<string[]> {
  const lease = await around.get(leases, { namespace: 'kube-node-lease', name });
  if (!lease) return [`Lease:\tFailed to get lease: leases.coordination.k8s.io "${name}" not found`];
  const time = (value: string | undefined): string => formatDate(value) || unset;
  return [
    'Lease:',
    `  HolderIdentity:\t${lease.spec?.holderIdentity ?? unset}`,
    `  AcquireTime:\t${time(lease.spec?.acquireTime)}`,
    `  RenewTime:\t${time(lease.spec?.renewTime)}`,
  ];
}

function conditionRows({ status }: Node): string[] {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return [];
  return [
    'Conditions:',
    '  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage',
    '  ----\t------\t-----------------\t------------------\t------\t-------',
    ...conditions.map(
      (c) =>
        `  ${c.type} \t${c.status} \t${formatDate(c.lastHeartbeatTime)} \t${formatDate(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}`,
    ),
  ];
}

function amounts(label: string, of: Readonly<Record<string, string>> | undefined): string[] {
  const names = Object.keys(of ?? {}).sort();
  return names.length === 0 ? [] : [`${label}:`, ...names.map((name) => `  ${name}:\t${of![name]}`)];
}

/** What each pod asks for of the node, and all of them. */
function podRows(running: readonly Pod[], allocatable: Readonly<Record<string, string>>, nowMs: number): string[] {
  const share = (name: string, amount: string): string => {
    const whole = allocatable[name] ?? '0';
    const parts =
      name === 'cpu' ? milliValue(amount) / milliValue(whole) : quantityValue(amount) / quantityValue(whole);
    return `${amount} (${Number.isFinite(parts) ? Math.trunc(parts * 100) : 0}%)`;
  };
  const cells = (of: 'requests' | 'limits', name: string, list: readonly Pod[]): string =>
    share(
      name,
      formatQuantity(
        list.reduce((sum, pod) => addQuantities(sum, podResource(pod, of, name)), addQuantities('0', '0')),
      ),
    );
  const extended = Object.keys(allocatable).filter(
    (name) => !['cpu', 'memory', 'ephemeral-storage', 'pods'].includes(name),
  );
  return [
    `Non-terminated Pods:\t(${running.length} in total)`,
    '  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge',
    '  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---',
    ...running.map(
      (pod) =>
        `  ${pod.metadata.namespace}\t${pod.metadata.name}\t\t${cells('requests', 'cpu', [pod])}\t${cells('limits', 'cpu', [pod])}\t${cells('requests', 'memory', [pod])}\t${cells('limits', 'memory', [pod])}\t${timeSince(pod.metadata.creationTimestamp, nowMs)}`,
    ),
    'Allocated resources:',
    '  (Total limits may be over 100 percent, i.e., overcommitted.)',
    '  Resource\tRequests\tLimits',
    '  --------\t--------\t------',
    ...['cpu', 'memory', 'ephemeral-storage', ...extended.sort()].map(
      (name) => `  ${name}\t${cells('requests', name, running)}\t${cells('limits', name, running)}`,
    ),
  ];
}
