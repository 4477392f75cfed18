import { checkQualifiedName, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, invalidValue, omittedValue, required, tooMany } from '../../meta/field-error.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from '../../schema/generated/batch-v1.ts';

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];
const maxRules = 20;
const maxExitCodes = 255;

const choices = (values: readonly string[]): string => `valid values: [${values.map((v) => `"${v}"`).join(' ')}]`;

/** What a job makes of pods that fail. */
export function validateFailurePolicy(spec: JobSpec, path: string, errors: Errors): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > maxRules) errors.push(tooMany(`${path}.rules`, rules.length, maxRules));
  const { containers = [], initContainers = [] } = spec.template.spec ?? {};
  const names = new Set([...containers, ...initContainers].map((container) => container.name));
  for (const [index, rule] of rules.entries()) validateRule(rule, spec, names, `${path}.rules[${index}]`, errors);
}

function validateRule(
  rule: PodFailurePolicyRule,
  spec: JobSpec,
  containers: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  if (!action) errors.push(required(`${path}.action`, choices(actions)));
  else if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined)
      errors.push(invalidValue(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  } else if (!actions.includes(action)) errors.push(unsupported(`${path}.action`, action, actions));
  if (onExitCodes) validateExitCodes(onExitCodes, containers, `${path}.onExitCodes`, errors);
  validateConditions(onPodConditions, `${path}.onPodConditions`, errors);
  if (onExitCodes && onPodConditions.length > 0)
    errors.push(invalidValue(path, omittedValue, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!onExitCodes && onPodConditions.length === 0)
    errors.push(invalidValue(path, omittedValue, 'specifying one of OnExitCodes and OnPodConditions is required'));
}

function validateExitCodes(
  { containerName, operator, values: given }: PodFailurePolicyOnExitCodesRequirement,
  containers: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  if (!operator) errors.push(required(`${path}.operator`, choices(operators)));
  else if (!operators.includes(operator)) errors.push(unsupported(`${path}.operator`, operator, operators));
  if (containerName !== undefined && !containers.has(containerName)) {
    const why = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalidValue(`${path}.containerName`, containerName, why));
  }
  const at = `${path}.values`;
  // An absent list shows as null.
  const values = given ?? [];
  if (values.length === 0) errors.push(invalidValue(at, given, 'at least one value is required'));
  else if (values.length > maxExitCodes) errors.push(tooMany(at, values.length, maxExitCodes));
  const seen = new Set<number>();
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0)
      errors.push(invalidValue(`${at}[${index}]`, value, 'must not be 0 for the In operator'));
    if (seen.has(value)) errors.push(duplicate(`${at}[${index}]`, value));
    seen.add(value);
  }
  if (values.some((value, index) => index > 0 && values[index - 1]! > value))
    errors.push(invalidValue(at, values, 'must be ordered'));
}

function validateConditions(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  path: string,
  errors: Errors,
): void {
  if (patterns.length > maxRules) errors.push(tooMany(path, patterns.length, maxRules));
  for (const [index, { type, status }] of patterns.entries()) {
    checkQualifiedName(type ?? '', `${path}[${index}].type`, errors);
    if (!status) errors.push(required(`${path}[${index}].status`, choices(statuses)));
    else if (!statuses.includes(status)) errors.push(unsupported(`${path}[${index}].status`, status, statuses));
  }
}
