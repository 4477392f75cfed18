import type { NetworkPolicy, NetworkPolicyPeer } from '../../schema/generated/networking-v1.ts';
import { formatLabelSelector } from '../../meta/label-selector.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateNetworkPolicy } from './network-policy-validation.ts';
import { warnOfCidr } from '../core/address-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const networkPolicies = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.networking.v1.NetworkPolicy',
  storagePrefix: 'networkpolicies',
  storageVersionHash: 'YpfwF18m1G8=',
  hasGeneration: true,
  setDefaults: setNetworkPolicyDefaults,
  validate: validateNetworkPolicy,
  warnings: networkPolicyWarnings,
  columns: [
    nameColumn,
    {
      name: 'Pod-Selector',
      type: 'string',
      description:
        "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.",
      cell: (policy) => formatLabelSelector(policy.spec?.podSelector),
    },
    ageColumn,
  ],
});

function setNetworkPolicyDefaults(policy: NetworkPolicy): void {
  const spec = (policy.spec ??= {});
  spec.podSelector ??= {};
  for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
    for (const port of ports ?? []) port.protocol ??= 'TCP';
  if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

function networkPolicyWarnings({ spec = {} }: NetworkPolicy): string[] {
  const warnings: string[] = [];
  const warnOfPeers = (peers: readonly NetworkPolicyPeer[] | undefined, path: string): void => {
    for (const [index, { ipBlock }] of (peers ?? []).entries()) {
      if (!ipBlock) continue;
      warnOfCidr(ipBlock.cidr, `${path}[${index}].ipBlock.cidr`, warnings);
      for (const [at, except] of (ipBlock.except ?? []).entries())
        warnOfCidr(except, `${path}[${index}].ipBlock.except[${at}]`, warnings);
    }
  };
  for (const [index, { from }] of (spec.ingress ?? []).entries()) warnOfPeers(from, `spec.ingress[${index}].from`);
  for (const [index, { to }] of (spec.egress ?? []).entries()) warnOfPeers(to, `spec.egress[${index}].to`);
  return warnings;
}
