import type { Errors } from '../../meta/field-checks.ts';
import { duplicate, required, type FieldError } from '../../meta/field-error.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../schema/generated/flowcontrol-v1.ts';

/** For the status of both kinds: conditions are told apart by their types. */
export function validateFlowConditions({
  status,
}: Pick<FlowSchema | PriorityLevelConfiguration, 'status'>): FieldError[] {
  const errors: Errors = [];
  const seen = new Set<string>();
  for (const [index, { type = '' }] of (status?.conditions ?? []).entries()) {
    const at = `status.conditions[${index}].type`;
    if (seen.has(type)) errors.push(duplicate(at, type));
    seen.add(type);
    if (!type) errors.push(required(at));
  }
  return errors;
}
