import type { ResourcePool, ResourceSlice, ResourceSliceSpec } from '../../schema/generated/resource-v1.ts';
import { formatTime } from '../../meta/time.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateResourceSlice, validateResourceSliceUpdate } from './slice-validation.ts';
import { defineResource, type WriteContext } from '../define-resource.ts';

export const resourceSlices = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  scope: 'Cluster',
  typeName: 'io.k8s.api.resource.v1.ResourceSlice',
  storagePrefix: 'resourceslices',
  returnsDeletedObject: true,
  storageVersionHash: 'KsC072WgaEY=',
  hasGeneration: true,
  setDefaults: setResourceSliceDefaults,
  prepareForCreate: prepareSlice,
  prepareForUpdate: (next, _, context) => {
    prepareSlice(next, context);
  },
  warnings: warnOfDriver,
  validate: validateResourceSlice,
  validateUpdate: validateResourceSliceUpdate,
  columns: [
    nameColumn,
    {
      name: 'Node',
      type: 'string',
      description:
        'NodeName identifies the node which provides the resources in this pool. A field selector can be used to list only ResourceSlice objects belonging to a certain node.\n\nThis field can be used to limit access from nodes to ResourceSlices with the same node name. It also indicates to autoscalers that adding new nodes of the same type as some old node might also make new resources available.\n\nExactly one of NodeName, NodeSelector, AllNodes, and PerDeviceNodeSelection must be set. This field is immutable.',
      cell: (slice) => slice.spec.nodeName ?? '',
    },
    {
      name: 'Driver',
      type: 'string',
      description:
        'Driver identifies the DRA driver providing the capacity information. A field selector can be used to list only ResourceSlice objects with a certain driver name.\n\nMust be a DNS subdomain and should end with a DNS domain owned by the vendor of the driver. It should use only lower case characters. This field is immutable.',
      cell: (slice) => slice.spec.driver,
    },
    {
      name: 'Pool',
      type: 'string',
      description: 'Pool describes the pool that this ResourceSlice belongs to.',
      cell: (slice) => slice.spec.pool.name,
    },
    ageColumn,
  ],
  selectableFields: {
    'spec.nodeName': (slice) => slice.spec.nodeName ?? '',
    'spec.driver': (slice) => slice.spec.driver,
  },
  unknownFieldSelector: (label) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${label}`,
});

function setResourceSliceDefaults(slice: ResourceSlice): void {
  const spec = (slice.spec ??= {} as ResourceSliceSpec);
  const pool = (spec.pool ??= {} as ResourcePool);
  pool.generation ??= 0;
  pool.resourceSliceCount ??= 0;
}

/** Fields of features that are off by default go; taints say since when they are there. */
function prepareSlice({ spec }: ResourceSlice, context?: WriteContext): void {
  for (const device of spec.devices ?? []) {
    delete device.nodeAllocatableResourceMappings;
    for (const attribute of Object.values(device.attributes ?? {}))
      for (const list of ['ints', 'bools', 'strings', 'versions'] as const) delete attribute[list];
    if (context) for (const taint of device.taints ?? []) taint.timeAdded ??= formatTime(context.nowMs);
  }
}

function warnOfDriver({ spec: { driver } }: ResourceSlice): string[] {
  if (driver === driver.toLowerCase()) return [];
  return [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
}
