import { forbiddenField, invalidValue, required, type FieldError } from '../../api/meta/field-error.ts';
import { parseFieldSelector } from '../../api/meta/field-selector.ts';
import { labelSelectorOf, parseLabelSelector } from '../../api/meta/label-selector.ts';
import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  ResourceAttributes,
} from '../../api/schema/generated/authorization-v1.ts';

/** What is wrong with the selectors of a question, beside text that does not parse. */
export function validateSelectors(asked: ResourceAttributes): FieldError[] {
  return [
    ...validateSelector(asked.fieldSelector, 'spec.resourceAttributes.fieldSelector'),
    ...validateSelector(asked.labelSelector, 'spec.resourceAttributes.labelSelector'),
  ];
}

function validateSelector(selector: FieldSelectorAttributes | undefined, field: string): FieldError[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const errors: FieldError[] = [];
  if (rawSelector && requirements.length) {
    const why = 'may not specified at the same time as requirements';
    errors.push(invalidValue(`${field}.rawSelector`, rawSelector, why));
  }
  if (!rawSelector && !requirements.length) {
    const why = `when ${field} is specified, requirements or rawSelector is required`;
    errors.push(required(`${field}.requirements`, why));
  }
  requirements.forEach(({ key, operator, values = [] }, i) => {
    const at = `${field}.requirements[${i}]`;
    if (!key) errors.push(required(`${at}.key`, 'must be specified'));
    if ((operator === 'In' || operator === 'NotIn') && !values.length) {
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length) {
      errors.push(forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  });
  return errors;
}

/** The selector as a query would carry it; what a query cannot say is left out. */
export function fieldSelectorText(selector: FieldSelectorAttributes | undefined, noteIgnored: () => void): string {
  if (!selector) return '';
  if (selector.rawSelector) {
    try {
      return parseFieldSelector(selector.rawSelector).toString();
    } catch {
      noteIgnored();
      return '';
    }
  }
  const terms: string[] = [];
  for (const { key, operator, values = [] } of selector.requirements ?? []) {
    if (operator === 'In' && values.length === 1) terms.push(`${key}=${values[0]}`);
    else if (operator === 'NotIn' && values.length === 1) terms.push(`${key}!=${values[0]}`);
    else if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator)) noteIgnored();
  }
  return terms.join(',');
}

/** As `fieldSelectorText`, for labels. */
export function labelSelectorText(selector: LabelSelectorAttributes | undefined, noteIgnored: () => void): string {
  if (!selector) return '';
  try {
    if (selector.rawSelector) return parseLabelSelector(selector.rawSelector).toString();
    return labelSelectorOf({ matchExpressions: selector.requirements ?? [] }).toString();
  } catch {
    noteIgnored();
    return '';
  }
}
