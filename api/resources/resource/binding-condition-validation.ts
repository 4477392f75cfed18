import { checkQualifiedName, type Errors } from '../../meta/field-checks.ts';
import { duplicate, invalidValue } from '../../meta/field-error.ts';
import { checkItems } from './device-lists.ts';

const maxConditions = 4;

interface BindingConditions {
  readonly bindingConditions?: readonly string[];
  readonly bindingFailureConditions?: readonly string[];
}

/** Conditions that a pod waits for before it is bound, and those that say it waits in vain: the one needs the other. */
export function validateBindingConditions(
  { bindingConditions: awaited = [], bindingFailureConditions: failures = [] }: BindingConditions,
  path: string,
  errors: Errors,
): void {
  const awaitedPath = `${path}.bindingConditions`;
  const failuresPath = `${path}.bindingFailureConditions`;
  const check = (condition: string, at: string): void => {
    checkQualifiedName(condition, at, errors);
  };
  checkItems(awaited, { max: maxConditions, path: awaitedPath, errors }, check);
  checkItems(failures, { max: maxConditions, path: failuresPath, errors }, check);
  for (const [index, condition] of awaited.entries())
    if (awaited.indexOf(condition) < index) errors.push(duplicate(`${awaitedPath}[${index}]`, condition));
  for (const [index, condition] of failures.entries()) {
    const at = `${failuresPath}[${index}]`;
    if (failures.indexOf(condition) < index) errors.push(duplicate(at, condition));
    if (awaited.includes(condition))
      errors.push(invalidValue(at, condition, 'bindingFailureConditions must not overlap with bindingConditions'));
  }
  if (awaited.length === 0 && failures.length > 0) {
    const why = 'bindingConditions are required to use bindingFailureConditions';
    errors.push(invalidValue(awaitedPath, null, why));
  }
  if (failures.length === 0 && awaited.length > 0) {
    const why = 'bindingFailureConditions are required to use bindingConditions';
    errors.push(invalidValue(failuresPath, null, why));
  }
}
