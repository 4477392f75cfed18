import type { Condition } from '../schema/generated/meta-v1.ts';
import { addInvalid, checkQualifiedName, unsupported, type Errors } from './field-checks.ts';
import { duplicate, invalidValue, required, tooLong } from './field-error.ts';
import { regexError } from './names.ts';

const statuses = ['False', 'True', 'Unknown'];
const reasonMaxBytes = 1024;
const messageMaxBytes = 32 * 1024;
const reasonFormat = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonPattern = new RegExp(`^${reasonFormat}$`);
const reasonMessage =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";

/** Conditions of `meta/v1`, told apart by their types. */
export function validateConditions(conditions: readonly Condition[] | undefined, path: string, errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, condition] of (conditions ?? []).entries()) {
    const { type = '' } = condition;
    if (seen.has(type)) errors.push(duplicate(`${path}[${index}].type`, type));
    seen.add(type);
    validateCondition(condition, `${path}[${index}]`, errors);
  }
}

function validateCondition(condition: Condition, path: string, errors: Errors): void {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime, reason = '', message = '' } = condition;
  checkQualifiedName(type, `${path}.type`, errors);
  if (!statuses.includes(status)) errors.push(unsupported(`${path}.status`, status, statuses));
  if (observedGeneration < 0) {
    const why = 'must be greater than or equal to zero';
    errors.push(invalidValue(`${path}.observedGeneration`, observedGeneration, why));
  }
  if (!lastTransitionTime) errors.push(required(`${path}.lastTransitionTime`));
  if (reason === '') errors.push(required(`${path}.reason`));
  else {
    addInvalid(whyNoReason(reason), `${path}.reason`, reason, errors);
    if (Buffer.byteLength(reason) > reasonMaxBytes) errors.push(tooLong(`${path}.reason`, reasonMaxBytes));
  }
  if (Buffer.byteLength(message) > messageMaxBytes) errors.push(tooLong(`${path}.message`, messageMaxBytes));
}

function whyNoReason(reason: string): string[] {
  if (reasonPattern.test(reason)) return [];
  return [
    regexError(reasonMessage, reasonFormat, 'my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'),
  ];
}
