import type { ResourceQuota } from '../../schema/generated/core-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { roundResourceList } from './resource-list-defaults.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import {
  validateResourceQuota,
  validateResourceQuotaStatusUpdate,
  validateResourceQuotaUpdate,
} from './resource-quota-validation.ts';
import { defineResource } from '../define-resource.ts';

export const resourceQuotas = defineResource<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.ResourceQuota',
  storagePrefix: 'resourcequotas',
  returnsDeletedObject: true,
  storageVersionHash: '8uhSgffRX6w=',
  subresources: {
    status: { kind: 'ResourceQuota', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setResourceQuotaDefaults,
  prepareForCreate: (quota) => {
    quota.status = {};
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaUpdate,
  validateStatusUpdate: validateResourceQuotaStatusUpdate,
  columns: [
    nameColumn,
    {
      name: 'Request',
      type: 'string',
      description: 'Request represents a minimum amount of cpu/memory that a container may consume.',
      cell: (quota) => formatUse(quota, false),
    },
    {
      name: 'Limit',
      type: 'string',
      description:
        'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      cell: (quota) => formatUse(quota, true),
    },
    ageColumn,
  ],
});

/** `cpu: 1/2, pods: 3/10`: what is used of what is allowed; the limits.* resources stand apart from the rest. */
function formatUse({ status }: ResourceQuota, limits: boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter((resource) => resource.startsWith('limits.') === limits)
    .sort()
    .map((resource) => `${resource}: ${status?.used?.[resource] ?? '0'}/${status?.hard?.[resource] ?? '0'}`)
    .join(', ');
}

function setResourceQuotaDefaults(quota: ResourceQuota): void {
  roundResourceList((quota.spec ??= {}).hard);
  quota.status ??= {};
  roundResourceList(quota.status.hard);
  roundResourceList(quota.status.used);
}
