import type { IntOrString } from '../schema/generated/meta-v1.ts';
import { addInvalid, checkNotNegative, type Errors } from './field-checks.ts';
import { invalidValue } from './field-error.ts';
import { percentOf } from './intstr.ts';
import { isValidPercent } from './names.ts';

/** A number of pods, or how many of each hundred. */
export function checkIntOrPercent(value: IntOrString | undefined, field: string, errors: Errors): void {
  if (typeof value === 'string') addInvalid(isValidPercent(value), field, value, errors);
  else checkNotNegative(value, field, errors);
}

/** Complains of a percentage above 100; a number is all right. */
export function checkAtMostHundredPercent(value: IntOrString | undefined, field: string, errors: Errors): void {
  const percent = value === undefined ? undefined : percentOf(value);
  if (percent !== undefined && percent > 100) errors.push(invalidValue(field, value, 'must not be greater than 100%'));
}

/** The number or the percentage as a number, also where a number is written as text; 0 for what is neither. */
export function intOrPercentNumber(value: IntOrString = ''): number {
  if (typeof value === 'number') return value;
  return percentOf(value) ?? (/^[+-]?\d+$/.test(value) ? Number(value) : 0);
}
