import type { Endpoints } from '../../schema/generated/core-v1.ts';
import { none, listWithMore } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateEndpoints } from './endpoints-validation.ts';
import { warnOfIp } from './address-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const endpoints = defineResource<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.Endpoints',
  storagePrefix: 'services/endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  storageVersionHash: 'fWeeMqaN/OA=',
  allowCreateOnUpdate: true,
  setDefaults: setEndpointsDefaults,
  validate: validateEndpoints,
  warnings: endpointsWarnings,
  columns: [
    nameColumn,
    {
      name: 'Endpoints',
      type: 'string',
      description:
        'The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.',
      cell: formatEndpoints,
    },
    ageColumn,
  ],
});

function formatEndpoints(endpoints: Endpoints): string {
  if (!endpoints.subsets?.length) return none;
  const list: string[] = [];
  for (const { addresses = [], ports = [] } of endpoints.subsets) {
    if (ports.length === 0) list.push(...addresses.map((address) => address.ip));
    for (const { port } of ports)
      list.push(...addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  }
  return listWithMore(list, 3);
}

function setEndpointsDefaults(endpoints: Endpoints): void {
  for (const { ports } of endpoints.subsets ?? []) for (const port of ports ?? []) port.protocol ||= 'TCP';
}

function endpointsWarnings({ metadata, subsets }: Endpoints): string[] {
  const warnings: string[] = [];
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return warnings;
  for (const [index, subset] of (subsets ?? []).entries()) {
    for (const list of ['addresses', 'notReadyAddresses'] as const)
      for (const [at, { ip }] of (subset[list] ?? []).entries())
        warnOfIp(ip, `subsets[${index}].${list}[${at}].ip`, warnings);
  }
  return warnings;
}
