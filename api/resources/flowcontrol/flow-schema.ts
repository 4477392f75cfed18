import type {
  FlowSchema,
  FlowSchemaSpec,
  PriorityLevelConfigurationReference,
} from '../../schema/generated/flowcontrol-v1.ts';
import { none } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpecAndMetadata, keepStatus, nullConditionTimes } from '../strategy.ts';
import { validateFlowConditions } from './flow-condition-validation.ts';
import { validateFlowSchema } from './flow-schema-validation.ts';
import { defineResource } from '../define-resource.ts';

export const flowSchemas = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  scope: 'Cluster',
  typeName: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  storagePrefix: 'flowschemas',
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  metadataRules: { checkedOnce: true },
  storageVersionHash: 'GJVAJZSZBIw=',
  subresources: {
    status: { kind: 'FlowSchema', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  setDefaults: setFlowSchemaDefaults,
  prepareForCreate: (schema) => {
    schema.status = {};
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpecAndMetadata,
  validate: validateFlowSchema,
  validateStatusUpdate: validateFlowConditions,
  columns: [
    nameColumn,
    {
      name: 'PriorityLevel',
      type: 'string',
      description: '`name` is the name of the priority level configuration being referenced Required.',
      cell: (schema) => schema.spec?.priorityLevelConfiguration.name ?? '',
    },
    {
      name: 'MatchingPrecedence',
      type: 'string',
      description:
        '`matchingPrecedence` is used to choose among the FlowSchemas that match a given request. The chosen FlowSchema is among those with the numerically lowest (which we take to be logically highest) MatchingPrecedence.  Each MatchingPrecedence value must be ranged in [1,10000]. Note that if the precedence is not specified, it will be set to 1000 as default.',
      cell: (schema) => schema.spec?.matchingPrecedence ?? 0,
    },
    {
      name: 'DistinguisherMethod',
      type: 'string',
      description:
        '`distinguisherMethod` defines how to compute the flow distinguisher for requests that match this schema. `nil` specifies that the distinguisher is disabled and thus will always be the empty string.',
      cell: (schema) => schema.spec?.distinguisherMethod?.type ?? none,
    },
    ageColumn,
    {
      name: 'MissingPL',
      type: 'string',
      description: 'references a broken or non-existent PriorityLevelConfiguration',
      cell: (schema) => schema.status?.conditions?.find((condition) => condition.type === 'Dangling')?.status ?? '?',
    },
  ],
});

function setFlowSchemaDefaults(schema: FlowSchema): void {
  const spec = (schema.spec ??= {} as FlowSchemaSpec);
  schema.status ??= {};
  nullConditionTimes(schema.status, 'lastTransitionTime');
  spec.priorityLevelConfiguration ??= {} as PriorityLevelConfigurationReference;
  spec.matchingPrecedence ||= 1000;
}
