import type { Ingress, IngressBackend } from '../../schema/generated/networking-v1.ts';
import { none } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { validateIngress, validateIngressStatusUpdate, validateIngressUpdate } from './ingress-validation.ts';
import { balancerWarnings } from '../core/address-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const ingresses = defineResource<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.networking.v1.Ingress',
  storagePrefix: 'ingress',
  storageVersionHash: '39NQlfNR+bo=',
  subresources: {
    status: { kind: 'Ingress', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  setDefaults: setIngressDefaults,
  prepareForCreate: (ingress) => {
    ingress.status = { loadBalancer: {} };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateIngress,
  validateUpdate: validateIngressUpdate,
  validateStatusUpdate: validateIngressStatusUpdate,
  warnings: ingressWarnings,
  statusWarnings: ({ status }) => balancerWarnings(status?.loadBalancer?.ingress),
  columns: [
    nameColumn,
    {
      name: 'Class',
      type: 'string',
      description: 'The name of the IngressClass resource that should be used for additional configuration',
      cell: (ingress) => ingress.spec?.ingressClassName ?? none,
    },
    {
      name: 'Hosts',
      type: 'string',
      description: 'Hosts that incoming requests are matched against before the ingress rule',
      cell: formatHosts,
    },
    {
      name: 'Address',
      type: 'string',
      description: 'Address is a list containing ingress points for the load-balancer',
      cell: formatAddress,
    },
    {
      name: 'Ports',
      type: 'string',
      description: 'Ports of TLS configurations that open',
      cell: (ingress) => (ingress.spec?.tls?.length ? '80, 443' : '80'),
    },
    ageColumn,
  ],
});

/** The first three hosts; how many rules are left out counts from the rules, as upstream does. */
function formatHosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? [];
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (hosts.length === 3) more = true;
    else if (host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - 3} more...` : hosts.join(',');
}

function formatAddress({ status }: Ingress): string {
  const addresses = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '').filter((i) => i);
  return [...new Set(addresses)].sort().join(',');
}

function setIngressDefaults(ingress: Ingress): void {
  ingress.spec ??= {};
  (ingress.status ??= {}).loadBalancer ??= {};
  setBackendDefaults(ingress.spec.defaultBackend);
  for (const { http } of ingress.spec.rules ?? []) {
    for (const path of http?.paths ?? []) setBackendDefaults((path.backend ??= {}));
  }
}

function setBackendDefaults(backend: IngressBackend | undefined): void {
  if (backend?.service) backend.service.port ??= {};
}

const classAnnotation = 'kubernetes.io/ingress.class';

function ingressWarnings({ metadata, spec }: Ingress, old?: Ingress): string[] {
  if (old || metadata.annotations?.[classAnnotation] === undefined || spec?.ingressClassName !== undefined) return [];
  return [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`];
}
