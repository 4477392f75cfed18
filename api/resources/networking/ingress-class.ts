import type { IngressClass } from '../../schema/generated/networking-v1.ts';
import { none } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateIngressClass, validateIngressClassUpdate } from './ingress-class-validation.ts';
import { defineResource } from '../define-resource.ts';

export const ingressClasses = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'Cluster',
  typeName: 'io.k8s.api.networking.v1.IngressClass',
  storagePrefix: 'ingressclasses',
  storageVersionHash: 'l/iqIbDgFyQ=',
  hasGeneration: true,
  setDefaults: setIngressClassDefaults,
  validate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
  columns: [
    nameColumn,
    {
      name: 'Controller',
      type: 'string',
      description: 'Controller that is responsible for handling this class',
      cell: (ingressClass) => ingressClass.spec?.controller ?? '',
    },
    {
      name: 'Parameters',
      type: 'string',
      description: 'A reference to a resource with additional parameters',
      cell: formatParameters,
    },
    ageColumn,
  ],
});

function formatParameters({ spec }: IngressClass): string {
  const parameters = spec?.parameters;
  if (!parameters) return none;
  const kind = parameters.apiGroup === undefined ? parameters.kind : `${parameters.kind}.${parameters.apiGroup}`;
  return `${kind}/${parameters.name}`;
}

function setIngressClassDefaults(ingressClass: IngressClass): void {
  ingressClass.spec ??= {};
  if (ingressClass.spec.parameters) ingressClass.spec.parameters.scope ??= 'Cluster';
}
