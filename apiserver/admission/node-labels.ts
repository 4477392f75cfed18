const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/windows-build',
]);
const kubeletNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const restrictedNamespace = 'node-restriction.kubernetes.io';

type Labels = Readonly<Record<string, string>>;

/** Labels that differ and that a kubelet may not set on its node, sorted: by them pods could be drawn to it. */
export function forbiddenNodeLabels(next: Labels, old: Labels): string[] {
  const changed = [...new Set([...Object.keys(next), ...Object.keys(old)])].filter((key) => next[key] !== old[key]);
  return changed.filter(isForbidden).sort();
}

function isForbidden(label: string): boolean {
  const namespace = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (isWithin(namespace, restrictedNamespace)) return true;
  if (!isWithin(namespace, 'kubernetes.io') && !isWithin(namespace, 'k8s.io')) return false;
  return !kubeletLabels.has(label) && !kubeletNamespaces.some((allowed) => isWithin(namespace, allowed));
}

function isWithin(namespace: string, domain: string): boolean {
  return namespace === domain || namespace.endsWith(`.${domain}`);
}
