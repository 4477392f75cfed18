import type { Service } from '../../schema/generated/core-v1.ts';

const clientIPTimeoutSeconds = 3 * 60 * 60;

/** Fills a service; addresses and node ports are given out later, by who owns the ranges. */
export function setServiceDefaults(service: Service): void {
  const spec = (service.spec ??= {});
  const status = (service.status ??= {});
  status.loadBalancer ??= {};
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
      spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: clientIPTimeoutSeconds } };
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'ClusterIP' || spec.type === 'NodePort' || spec.type === 'LoadBalancer')
    spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of status.loadBalancer.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
  }
}

/** True where traffic from outside the cluster may reach the service. */
export function isExternallyAccessible({ spec }: Service): boolean {
  return (
    spec?.type === 'LoadBalancer' ||
    spec?.type === 'NodePort' ||
    (spec?.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0)
  );
}
