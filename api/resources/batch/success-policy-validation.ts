import { checkNotNegative, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, tooLong, tooMany } from '../../meta/field-error.ts';
import type { JobSpec, SuccessPolicyRule } from '../../schema/generated/batch-v1.ts';
import { countIndexes } from './index-intervals.ts';

const maxRules = 20;
const indexesMaxBytes = 64 * 1024;

/** When an indexed job is done before all its indexes are. */
export function validateSuccessPolicy(spec: JobSpec, path: string, errors: Errors): void {
  const rules = spec.successPolicy?.rules ?? [];
  if (spec.completionMode !== 'Indexed') {
    // As upstream's message shows it: its internal type.
    const shown = rules.map(({ succeededIndexes, succeededCount }) => ({
      SucceededIndexes: succeededIndexes ?? null,
      SucceededCount: succeededCount ?? null,
    }));
    errors.push(invalidValue(path, { Rules: shown }, 'requires indexed completion mode'));
    return;
  }
  if (rules.length === 0)
    errors.push(required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > maxRules) errors.push(tooMany(`${path}.rules`, rules.length, maxRules));
  for (const [index, rule] of rules.entries())
    validateRule(rule, spec.completions ?? 0, `${path}.rules[${index}]`, errors);
}

function validateRule(rule: SuccessPolicyRule, completions: number, path: string, errors: Errors): void {
  const { succeededIndexes, succeededCount } = rule;
  if (succeededCount === undefined && succeededIndexes === undefined)
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  let total = 0;
  if (succeededIndexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (Buffer.byteLength(succeededIndexes) > indexesMaxBytes) errors.push(tooLong(at, indexesMaxBytes));
    const counted = countIndexes(succeededIndexes, completions);
    if (typeof counted === 'string')
      errors.push(invalidValue(at, succeededIndexes, `error parsing succeededIndexes: ${counted}`));
    else total = counted;
  }
  if (succeededCount === undefined) return;
  const at = `${path}.succeededCount`;
  checkNotNegative(succeededCount, at, errors);
  const atMost = (max: number, of: string): void => {
    if (succeededCount > max)
      errors.push(invalidValue(at, succeededCount, `must be less than or equal to ${max} (the number of ${of})`));
  };
  atMost(completions, 'specified completions');
  if (succeededIndexes !== undefined) atMost(total, 'indexes in the specified succeededIndexes field');
}
