import type { Service } from '../../schema/generated/core-v1.ts';
import { warnOfCidr, warnOfIp } from './address-warnings.ts';

/** Older than the one for the mode. */
export const topologyHintsAnnotation = 'service.kubernetes.io/topology-aware-hints';

/** Warns of what does nothing in a service of its kind, and of fields on their way out. */
export function serviceWarnings({ metadata, spec = {} }: Service): string[] {
  const warnings: string[] = [];
  const { type, clusterIPs = [], externalIPs = [], loadBalancerIP, externalName, trafficDistribution } = spec;
  const isHeadless = type === 'ClusterIP' && spec.clusterIP === 'None';
  const isExternalName = type === 'ExternalName';
  if (metadata.annotations?.[topologyHintsAnnotation] !== undefined)
    warnings.push(
      `annotation ${topologyHintsAnnotation} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    );
  for (const [index, ip] of clusterIPs.entries()) warnOfIp(ip, `spec.clusterIPs[${index}]`, warnings);
  if (isHeadless) {
    if (loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (externalIPs.length) warnings.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  }
  for (const [index, ip] of externalIPs.entries()) warnOfIp(ip, `spec.externalIPs[${index}]`, warnings);
  if (externalIPs.length && !isHeadless && !isExternalName)
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  if (loadBalancerIP) warnOfIp(loadBalancerIP, 'spec.loadBalancerIP', warnings);
  for (const [index, cidr] of (spec.loadBalancerSourceRanges ?? []).entries())
    warnOfCidr(cidr, `spec.loadBalancerSourceRanges[${index}]`, warnings);
  if (isExternalName && externalIPs.length)
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!isExternalName && externalName)
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (trafficDistribution === 'PreferClose')
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}
