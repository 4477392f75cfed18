import type {
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
} from '../../schema/generated/flowcontrol-v1.ts';
import { none } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpecAndMetadata, keepStatus, nullConditionTimes } from '../strategy.ts';
import { validateFlowConditions } from './flow-condition-validation.ts';
import { validatePriorityLevel } from './priority-level-validation.ts';
import { defineResource } from '../define-resource.ts';

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  scope: 'Cluster',
  typeName: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  storagePrefix: 'prioritylevelconfigurations',
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  metadataRules: { checkedOnce: true },
  storageVersionHash: 'Kir5PVfvNeI=',
  subresources: {
    status: { kind: 'PriorityLevelConfiguration', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  setDefaults: setPriorityLevelDefaults,
  prepareForCreate: (level) => {
    level.status = {};
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpecAndMetadata,
  validate: validatePriorityLevel,
  validateStatusUpdate: validateFlowConditions,
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description:
        '`type` indicates whether this priority level is subject to limitation on request execution.  A value of `"Exempt"` means that requests of this priority level are not subject to a limit (and thus are never queued) and do not detract from the capacity made available to other priority levels.  A value of `"Limited"` means that (a) requests of this priority level _are_ subject to limits and (b) some of the server\'s limited capacity is made available exclusively to this priority level. Required.',
      cell: (level) => level.spec?.type ?? '',
    },
    {
      name: 'NominalConcurrencyShares',
      type: 'string',
      description:
        '`nominalConcurrencyShares` (NCS) contributes to the computation of the NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats available at this priority level. This is used both for requests dispatched from this priority level as well as requests dispatched from other priority levels borrowing seats from this level. The server\'s concurrency limit (ServerCL) is divided among the Limited priority levels in proportion to their NCS values:\n\nNominalCL(i)  = ceil( ServerCL * NCS(i) / sum_ncs ) sum_ncs = sum[priority level k] NCS(k)\n\nBigger numbers mean a larger nominal concurrency limit, at the expense of every other priority level.\n\nIf not specified, this field defaults to a value of 30.\n\nSetting this field to zero supports the construction of a "jail" for this priority level that is used to hold some request(s)',
      cell: (level) => (level.spec?.limited ? (level.spec.limited.nominalConcurrencyShares ?? 0) : none),
    },
    {
      name: 'Queues',
      type: 'string',
      description:
        '`queues` is the number of queues for this priority level. The queues exist independently at each apiserver. The value must be positive.  Setting it to 1 effectively precludes shufflesharding and thus makes the distinguisher method of associated flow schemas irrelevant.  This field has a default value of 64.',
      cell: (level) => level.spec?.limited?.limitResponse?.queuing?.queues ?? none,
    },
    {
      name: 'HandSize',
      type: 'string',
      description:
        "`handSize` is a small positive number that configures the shuffle sharding of requests into queues.  When enqueuing a request at this priority level the request's flow identifier (a string pair) is hashed and the hash value is used to shuffle the list of queues and deal a hand of the size specified here.  The request is put into one of the shortest queues in that hand. `handSize` must be no larger than `queues`, and should be significantly smaller (so that a few heavy flows do not saturate most of the queues).  See the user-facing documentation for more extensive guidance on setting this field.  This field has a default value of 8.",
      cell: (level) => level.spec?.limited?.limitResponse?.queuing?.handSize ?? none,
    },
    {
      name: 'QueueLengthLimit',
      type: 'string',
      description:
        '`queueLengthLimit` is the maximum number of requests allowed to be waiting in a given queue of this priority level at a time; excess requests are rejected.  This value must be positive.  If not specified, it will be defaulted to 50.',
      cell: (level) => level.spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? none,
    },
    ageColumn,
  ],
});

function setPriorityLevelDefaults(level: PriorityLevelConfiguration): void {
  const spec = (level.spec ??= {} as PriorityLevelConfigurationSpec);
  level.status ??= {};
  nullConditionTimes(level.status, 'lastTransitionTime');
  if (spec.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (spec.limited) {
    spec.limited.nominalConcurrencyShares ??= 30;
    spec.limited.lendablePercent ??= 0;
    const { queuing } = (spec.limited.limitResponse ??= {} as LimitResponse);
    if (queuing) {
      queuing.queues ||= 64;
      queuing.handSize ||= 8;
      queuing.queueLengthLimit ||= 50;
    }
  }
}
