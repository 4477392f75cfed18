import type { PriorityClass } from '../../schema/generated/scheduling-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';

export const priorityClasses = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.scheduling.v1.PriorityClass',
  storagePrefix: 'priorityclasses',
  storageVersionHash: '1QwjyaZjj3Y=',
  hasGeneration: true,
  setDefaults: setPriorityClassDefaults,
  columns: [
    nameColumn,
    {
      name: 'Value',
      type: 'integer',
      description:
        'value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.',
      cell: (priorityClass) => priorityClass.value ?? 0,
    },
    {
      name: 'Global-Default',
      type: 'boolean',
      description:
        'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.',
      cell: (priorityClass) => priorityClass.globalDefault ?? false,
    },
    ageColumn,
    {
      name: 'PreemptionPolicy',
      type: 'string',
      description:
        'preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.',
      cell: (priorityClass) => priorityClass.preemptionPolicy ?? '',
    },
  ],
});

function setPriorityClassDefaults(priorityClass: PriorityClass): void {
  priorityClass.value ??= 0;
  priorityClass.preemptionPolicy ??= 'PreemptLowerPriority';
}
