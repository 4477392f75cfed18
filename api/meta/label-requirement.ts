import { isQualifiedName, isValidLabelValue } from './names.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, without duplicates. */
  readonly values: readonly string[];
}

/** Carries upstream's message; the API answers it as 400. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SelectorError';
  }
}

/** Does the requirement hold for these labels? */
export function holds(requirement: LabelRequirement, labels: Labels | undefined | null): boolean {
  const { key, values } = requirement;
  const has = labels !== undefined && labels !== null && Object.hasOwn(labels, key);
  switch (requirement.operator) {
    case '=':
    case '==':
      return has && labels[key] === values[0];
    case 'in':
      return has && values.includes(labels[key]!);
    case '!=':
    case 'notin':
      return !has || !values.includes(labels[key]!);
    case 'exists':
      return has;
    case '!':
      return !has;
    case 'gt':
    case 'lt': {
      const actual = has ? parseInt64(labels[key]!) : undefined;
      if (actual === undefined) return false;
      const wanted = parseInt64(values[0]!)!;
      return requirement.operator === 'gt' ? actual > wanted : actual < wanted;
    }
  }
}

/** Upstream's text of one requirement. */
export function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value === BigInt.asIntN(64, value) ? value : undefined;
}

const quote = (text: string): string => JSON.stringify(text);

/** Checks as upstream's `labels.NewRequirement`; its errors name paths below no field, hence `<nil>`. */
export function makeRequirement(key: string, operator: LabelOperator, given: readonly string[]): LabelRequirement {
  checkKey(key);
  const values = [...new Set(given)].sort();
  const errors: string[] = [];
  const bad = (path: string, message: string, value: string = `[${values.map(quote).join(',')}]`): void => {
    errors.push(`${path}: Invalid value: ${value}: ${message}`);
  };
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0) bad('values', "for 'in', 'notin' operators, values set can't be empty");
      break;
    case '=':
    case '==':
    case '!=':
      if (values.length !== 1) bad('values', 'exact-match compatibility requires one single value');
      break;
    case 'exists':
    case '!':
      if (values.length !== 0) bad('values', 'values set must be empty for exists and does not exist');
      break;
    case 'gt':
    case 'lt':
      if (values.length !== 1) bad('values', "for 'Gt', 'Lt' operators, exactly one value is required");
      values.forEach((value, i) => {
        if (parseInt64(value) === undefined)
          bad(`values[${i}]`, "for 'Gt', 'Lt' operators, the value must be an integer", quote(value));
      });
  }
  values.forEach((value, i) => {
    const wrong = isValidLabelValue(value);
    if (wrong.length > 0) bad(`values[${i}][${key}]`, wrong.join('; '), quote(value));
  });
  if (errors.length > 0) throw new SelectorError(errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
  return { key, operator, values };
}

/** Throws SelectorError where the key is no label key. */
export function checkKey(key: string): void {
  const wrong = isQualifiedName(key);
  if (wrong.length > 0) throw new SelectorError(`<nil>: Invalid value: ${quote(key)}: ${wrong.join('; ')}`);
}
