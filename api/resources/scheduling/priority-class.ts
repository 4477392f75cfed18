import type { PriorityClass } from '../../schema/generated/scheduling-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { checkImmutable, unsupported } from '../../meta/field-checks.ts';
import { forbiddenField, required, type FieldError } from '../../meta/field-error.ts';
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
  countsGeneration: () => false,
  setDefaults: setPriorityClassDefaults,
  validate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
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

const highestUserPriority = 1_000_000_000;
/** The two classes that the server makes, above all that users may define. */
const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

function validatePriorityClass({ metadata, value = 0, globalDefault, preemptionPolicy }: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '' } = metadata;
  if (name.startsWith('system-')) {
    const why = whyNotSystemClass(name, value, globalDefault);
    if (why) {
      const reserved = "priority class names with 'system-' prefix are reserved for system use only.";
      errors.push(forbiddenField('metadata.name', `${reserved} error: ${why}`));
    }
  } else if (value > highestUserPriority) {
    const why = `maximum allowed value of a user defined priority is ${highestUserPriority}`;
    errors.push(forbiddenField('value', why));
  }
  if (preemptionPolicy === '') errors.push(required('preemptionPolicy'));
  else if (
    preemptionPolicy !== undefined &&
    preemptionPolicy !== 'Never' &&
    preemptionPolicy !== 'PreemptLowerPriority'
  )
    errors.push(unsupported('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']));
  return errors;
}

function whyNotSystemClass(name: string, value: number, globalDefault: boolean | undefined): string | undefined {
  const expected = systemClasses[name];
  if (expected === undefined) return `${name} is not a known system priority class`;
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validatePriorityClassUpdate(next: PriorityClass, old: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if (next.value !== old.value) errors.push(forbiddenField('value', 'may not be changed in an update.'));
  checkImmutable(next.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy', errors);
  return errors;
}
