import type { LabelSelector, LabelSelectorRequirement } from '../schema/generated/meta-v1.ts';
import { addInvalid, type Errors } from './field-checks.ts';
import { forbiddenField, FieldError, invalidValue, required } from './field-error.ts';
import { isQualifiedName, isValidLabelValue } from './names.ts';

const annotationsMaxBytes = 256 * 1024;

/** Labels of an object, or a node selector. */
export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: Errors,
): void {
  for (const key in labels) {
    addInvalid(isQualifiedName(key), path, key, errors);
    addInvalid(isValidLabelValue(labels[key]!), path, labels[key], errors);
  }
}

/** Keys as labels have them, but upper case is fine; any values, of limited size in all. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: Errors,
): void {
  let bytes = 0;
  for (const key in annotations) {
    addInvalid(isQualifiedName(key.toLowerCase()), path, key, errors);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (bytes > annotationsMaxBytes)
    errors.push(new FieldError('FieldValueTooLong', path, '', `may not be more than ${annotationsMaxBytes} bytes`));
}

export interface SelectorRules {
  /** Selectors stored before values were checked stay valid. */
  readonly allowInvalidValues?: boolean;
  /** Operators beside the four that all selectors know. */
  readonly allowUnknownOperators?: boolean;
}

/** A label selector as part of an object; none is fine. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
  errors: Errors,
  rules: SelectorRules = {},
): void {
  if (!selector) return;
  validateLabels(selector.matchLabels, `${path}.matchLabels`, errors);
  const { matchExpressions } = selector;
  for (let i = 0; i < (matchExpressions?.length ?? 0); i++) {
    validateLabelRequirement(matchExpressions![i]!, `${path}.matchExpressions[${i}]`, errors, rules);
  }
}

/** One requirement of a label selector. */
export function validateLabelRequirement(
  { key = '', operator, values = [] }: LabelSelectorRequirement,
  path: string,
  errors: Errors,
  rules: SelectorRules = {},
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.push(
          forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      break;
    default:
      if (!rules.allowUnknownOperators)
        errors.push(invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  addInvalid(isQualifiedName(key), `${path}.key`, key, errors);
  if (rules.allowInvalidValues) return;
  for (const [index, value] of values.entries())
    addInvalid(isValidLabelValue(value), `${path}.values[${index}]`, value, errors);
}

/** A map in the order in which messages show it: by key. */
export function sortedMap<T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | undefined {
  return map && Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** A selector as messages show it: labels by key, and nothing that is empty. */
export function shownSelector(selector: LabelSelector | undefined): unknown {
  if (!selector) return undefined;
  const { matchLabels, matchExpressions } = selector;
  return {
    ...(Object.keys(matchLabels ?? {}).length > 0 ? { matchLabels: sortedMap(matchLabels) } : {}),
    ...(matchExpressions?.length
      ? {
          matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
            key,
            operator,
            ...(values?.length ? { values } : {}),
          })),
        }
      : {}),
  };
}
