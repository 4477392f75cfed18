import type { ComponentCondition, ComponentStatus } from '../../schema/generated/core-v1.ts';
import { nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';

export const componentStatuses = defineResource<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  scope: 'Cluster',
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  typeName: 'io.k8s.api.core.v1.ComponentStatus',
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Status of the component conditions',
      cell: (status) => {
        const healthy = healthyCondition(status);
        return !healthy ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
      },
    },
    {
      name: 'Message',
      type: 'string',
      description: 'Message of the component conditions',
      cell: (status) => healthyCondition(status)?.message ?? '',
    },
    {
      name: 'Error',
      type: 'string',
      description: 'Error of the component conditions',
      cell: (status) => healthyCondition(status)?.error ?? '',
    },
  ],
});

function healthyCondition(status: ComponentStatus): ComponentCondition | undefined {
  return status.conditions?.find((condition) => condition.type === 'Healthy');
}
