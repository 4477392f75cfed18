import type { APIService, APIServiceCondition, APIServiceSpec } from '../../schema/generated/apiregistration-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpecAndMetadata, keepStatus, nullConditionTimes } from '../strategy.ts';
import { validateAPIService, validateAPIServiceStatusUpdate } from './api-service-validation.ts';
import { defineResource } from '../define-resource.ts';

export const apiServices = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  storagePrefix: 'apiregistration.k8s.io/apiservices',
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  metadataRules: { anyFinalizer: true },
  storageVersionHash: 'InPBPD7+PqM=',
  subresources: {
    status: { kind: 'APIService', verbs: ['get', 'patch', 'update'] },
  },
  allowUnconditionalUpdate: false,
  setDefaults: setAPIServiceDefaults,
  prepareForCreate: (apiService) => {
    apiService.status = {};
    // What this server serves itself is there at once.
    if (!apiService.spec?.service)
      apiService.status.conditions = [localCondition(apiService.metadata.creationTimestamp)];
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpecAndMetadata,
  // Checked against the spec, in validate.
  validateName: () => [],
  validate: validateAPIService,
  validateStatusUpdate: validateAPIServiceStatusUpdate,
  columns: [
    nameColumn,
    {
      name: 'Service',
      type: 'string',
      description: 'The reference to the service that hosts this API endpoint.',
      cell: ({ spec }) => (spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local'),
    },
    {
      name: 'Available',
      type: 'string',
      description: 'Whether this service is available.',
      cell: formatAvailable,
    },
    ageColumn,
  ],
});

function formatAvailable({ status }: APIService): string {
  const available = status?.conditions?.find((condition) => condition.type === 'Available');
  if (!available) return 'Unknown';
  return available.status !== 'True' && available.reason
    ? `${available.status} (${available.reason})`
    : available.status;
}

function setAPIServiceDefaults(apiService: APIService): void {
  const spec = (apiService.spec ??= {} as APIServiceSpec);
  apiService.status ??= {};
  nullConditionTimes(apiService.status, 'lastTransitionTime');
  spec.groupPriorityMinimum ??= 0;
  spec.versionPriority ??= 0;
  if (spec.service) spec.service.port ??= 443;
}

function localCondition(lastTransitionTime: string | undefined): APIServiceCondition {
  return {
    type: 'Available',
    status: 'True',
    lastTransitionTime,
    reason: 'Local',
    message: 'Local APIServices are always available',
  };
}
