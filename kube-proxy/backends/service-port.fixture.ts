import type { ServicePort } from '../service-table.ts';
import type { BackendOptions } from './proxy-backend.ts';

/** A service port with a cluster address alone, for tests; endpoints are given as `ip:port` and answer everywhere. */
export function servicePort(endpoints: readonly string[], extra: Partial<ServicePort> = {}): ServicePort {
  const all = endpoints.map((text) => {
    const [ip, port] = text.split(':') as [string, string];
    return { ip, port: Number(port), isLocal: false };
  });
  return {
    name: 'shop/web:http',
    namespace: 'shop',
    service: 'web',
    protocol: 'TCP',
    clusterIp: '10.199.0.10',
    port: 80,
    externalIps: [],
    loadBalancerIps: [],
    loadBalancerSourceRanges: [],
    nodePort: 0,
    affinitySeconds: 0,
    allEndpoints: all,
    clusterEndpoints: all,
    externalEndpoints: all,
    staysInside: false,
    keepsSource: false,
    hasAnyEndpoint: all.length > 0,
    healthCheckNodePort: 0,
    ...extra,
  };
}

export const backendOptions: BackendOptions = {
  chainPrefix: 'KUBE',
  masqueradeAll: false,
  clusterCidr: '',
  masqueradeBit: 14,
  nodePortAddresses: [],
  localhostNodePorts: true,
};
