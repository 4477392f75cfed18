import { none, unset } from '../../../api/meta/printers.ts';
import { services } from '../../../api/resources/core/service.ts';
import { endpointSlices } from '../../../api/resources/discovery/endpoint-slice.ts';
import type { ServicePort } from '../../../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../../../api/schema/generated/discovery-v1.ts';
import { defineDescriber } from '../describer.ts';
import { identity } from '../identity.ts';
import { pairs, row } from '../lines.ts';

/** Endpoints shown of each port. */
const maxEndpoints = 3;

export const serviceDescriber = defineDescriber(services, async (service, around) => {
  const { namespace, name } = service.metadata;
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = await around.list(endpointSlices, { namespace }, { labelSelector });
  const { spec = {}, status } = service;
  const list = (values: readonly string[] | undefined): string => (values?.length ? values.join(',') : none);
  const ingress = status?.loadBalancer?.ingress ?? [];
  return [
    ...identity(service),
    ...pairs('Selector', spec.selector),
    ...row('Type', spec.type),
    ...row('IP Family Policy', spec.ipFamilyPolicy),
    `IP Families:\t${list(spec.ipFamilies)}`,
    `IP:\t${spec.clusterIP ?? ''}`,
    `IPs:\t${list(spec.clusterIPs)}`,
    ...(spec.externalIPs?.length ? [`External IPs:\t${spec.externalIPs.join(',')}`] : []),
    ...row('Desired LoadBalancer IP', spec.loadBalancerIP),
    ...(ingress.length > 0
      ? [
          `LoadBalancer Ingress:\t${ingress.map((i) => (i.ip ? `${i.ip}${i.ipMode ? ` (${i.ipMode})` : ''}` : (i.hostname ?? ''))).join(', ')}`,
        ]
      : []),
    ...row('External Name', spec.externalName),
    ...(spec.ports ?? []).flatMap((port) => portRows(port, slices)),
    `Session Affinity:\t${spec.sessionAffinity ?? ''}`,
    ...row('External Traffic Policy', spec.externalTrafficPolicy),
    ...row('Internal Traffic Policy', spec.internalTrafficPolicy),
    ...row('TrafficDistribution', spec.trafficDistribution),
    ...row('HealthCheck NodePort', spec.healthCheckNodePort || undefined),
    ...(spec.loadBalancerSourceRanges?.length
      ? [`LoadBalancer Source Ranges:\t${spec.loadBalancerSourceRanges.join(',')}`]
      : []),
  ];
});

function portRows(port: ServicePort, slices: readonly EndpointSlice[]): string[] {
  const name = port.name || unset;
  return [
    `Port:\t${name}\t${port.port}/${port.protocol}`,
    `TargetPort:\t${port.targetPort || port.port}/${port.protocol}`,
    ...(port.nodePort ? [`NodePort:\t${name}\t${port.nodePort}/${port.protocol}`] : []),
    ...(port.appProtocol ? [`AppProtocol:\t${port.appProtocol}`] : []),
    `Endpoints:\t${endpointsOf(port, slices)}`,
  ];
}

function endpointsOf(port: ServicePort, slices: readonly EndpointSlice[]): string {
  const addresses = slices.flatMap((slice) =>
    (slice.ports ?? [])
      .filter((p) => (p.name ?? '') === (port.name ?? '') && p.port !== undefined)
      .flatMap((p) =>
        (slice.endpoints ?? [])
          .filter((endpoint) => endpoint.conditions?.ready !== false)
          .flatMap((endpoint) =>
            endpoint.addresses.map((ip) => (ip.includes(':') ? `[${ip}]:${p.port}` : `${ip}:${p.port}`)),
          ),
      ),
  );
  if (addresses.length === 0) return none;
  const shown = addresses.slice(0, maxEndpoints).join(',');
  return addresses.length > maxEndpoints ? `${shown} + ${addresses.length - maxEndpoints} more...` : shown;
}
