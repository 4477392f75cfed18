import { addInvalid, checkImmutable, type Errors } from '../../meta/field-checks.ts';
import { duplicate, required, type FieldError } from '../../meta/field-error.ts';
import { validateLabels } from '../../meta/label-validation.ts';
import { isDns1123Label } from '../../meta/names.ts';
import type { RuntimeClass } from '../../schema/generated/node-v1.ts';
import { validateTolerations } from '../core/affinity-validation.ts';
import { validateResourceRequirements } from '../core/resource-validation.ts';

const noClaims: ReadonlySet<string> = new Set();

/**
 * Upstream's `ValidateRuntimeClass`. Fields stand at the top, without a spec; what is wrong with `overhead.podFixed` is
 * told of `overhead.limits`, and tolerations that differ only in their seconds are duplicates.
 */
export function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  const errors: Errors = [];
  if (!handler) errors.push(required('handler'));
  else addInvalid(isDns1123Label(handler), 'handler', handler, errors);
  if (overhead) validateResourceRequirements({ limits: overhead.podFixed }, noClaims, 'overhead', errors);
  if (!scheduling) return errors;
  validateLabels(scheduling.nodeSelector, 'scheduling.nodeSelector', errors);
  validateTolerations(scheduling.tolerations, 'scheduling.tolerations', errors);
  const seen = new Set<string>();
  for (const [index, toleration] of (scheduling.tolerations ?? []).entries()) {
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds = null } = toleration;
    const text = JSON.stringify([key, operator, value, effect]);
    // As upstream's message shows it: its internal type.
    const shown = { Key: key, Operator: operator, Value: value, Effect: effect, TolerationSeconds: tolerationSeconds };
    if (seen.has(text)) errors.push(duplicate(`scheduling.tolerations[${index}]`, shown));
    seen.add(text);
  }
  return errors;
}

/** What `validateRuntimeClass` says of `next`, and then that the handler may not change. */
export function validateRuntimeClassUpdate(next: RuntimeClass, old: RuntimeClass): FieldError[] {
  const errors: Errors = validateRuntimeClass(next);
  checkImmutable(next.handler, old.handler, 'handler', errors);
  return errors;
}
