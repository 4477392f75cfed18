import { forbiddenField, invalidValue, required, type FieldError } from '../../api/meta/field-error.ts';
import { fieldSelectorOf, parseFieldSelector, type FieldRequirement } from '../../api/meta/field-selector.ts';
import { labelSelectorOf, parseLabelSelector } from '../../api/meta/label-selector.ts';
import { validateLabelRequirement } from '../../api/meta/label-validation.ts';
import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  ResourceAttributes,
} from '../../api/schema/generated/authorization-v1.ts';
import type { FieldSelectorRequirement } from '../../api/schema/generated/meta-v1.ts';

type SelectorAttributes = FieldSelectorAttributes | LabelSelectorAttributes;

/** What is wrong with the selectors of a question, beside text that does not parse and operators that are not known. */
export function validateSelectors({ fieldSelector, labelSelector }: ResourceAttributes): FieldError[] {
  const errors: FieldError[] = [];
  if (fieldSelector) {
    const path = 'spec.resourceAttributes.fieldSelector';
    validateForm(fieldSelector, path, errors);
    fieldSelector.requirements?.forEach((each, i) =>
      validateFieldRequirement(each, `${path}.requirements[${i}]`, errors),
    );
  }
  if (labelSelector) {
    const path = 'spec.resourceAttributes.labelSelector';
    validateForm(labelSelector, path, errors);
    labelSelector.requirements?.forEach((each, i) =>
      validateLabelRequirement(each, `${path}.requirements[${i}]`, errors, { allowUnknownOperators: true }),
    );
  }
  return errors;
}

function validateForm({ rawSelector, requirements }: SelectorAttributes, path: string, errors: FieldError[]): void {
  if (rawSelector && requirements?.length) {
    const why = 'may not specified at the same time as requirements';
    errors.push(invalidValue(`${path}.rawSelector`, rawSelector, why));
  }
  if (!rawSelector && !requirements?.length) {
    const why = `when ${path} is specified, requirements or rawSelector is required`;
    errors.push(required(`${path}.requirements`, why));
  }
}

function validateFieldRequirement(
  { key, operator, values = [] }: FieldSelectorRequirement,
  path: string,
  errors: FieldError[],
): void {
  if (!key) errors.push(required(`${path}.key`, 'must be specified'));
  if ((operator === 'In' || operator === 'NotIn') && !values.length) {
    errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length) {
    errors.push(forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  }
}

/** A selector as a query would carry it, and what cannot be said there and is left out. */
export interface SelectorText {
  readonly text: string;
  /** What of the selector is ignored: a wider question is asked, never a narrower one. */
  readonly ignored?: 'all' | 'part';
}

/** Only one value of a field can be asked for. */
export function fieldSelectorText(selector: FieldSelectorAttributes | undefined): SelectorText {
  if (!selector) return { text: '' };
  if (selector.rawSelector) return parsed(() => parseFieldSelector(selector.rawSelector!).toString());
  const known: FieldRequirement[] = [];
  const { requirements = [] } = selector;
  for (const { key, operator, values = [] } of requirements) {
    if (values.length !== 1 || (operator !== 'In' && operator !== 'NotIn')) continue;
    known.push({ field: key, operator: operator === 'In' ? '=' : '!=', value: values[0]! });
  }
  return textOf(fieldSelectorOf(known), known.length, requirements.length);
}

/** As `fieldSelectorText`, for labels. */
export function labelSelectorText(selector: LabelSelectorAttributes | undefined): SelectorText {
  if (!selector) return { text: '' };
  if (selector.rawSelector) return parsed(() => parseLabelSelector(selector.rawSelector!).toString());
  const { requirements = [] } = selector;
  const known = requirements.filter(({ operator }) => ['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator));
  return textOf(labelSelectorOf({ matchExpressions: known }), known.length, requirements.length);
}

function parsed(parse: () => string): SelectorText {
  try {
    return { text: parse() };
  } catch {
    // The answer says so.
    return { text: '', ignored: 'all' };
  }
}

function textOf(selector: { toString(): string }, known: number, all: number): SelectorText {
  const text = selector.toString();
  if (known === all) return { text };
  return { text, ignored: known > 0 ? 'part' : 'all' };
}
