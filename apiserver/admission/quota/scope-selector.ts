import type { Scope } from './evaluator.ts';

/** Does a value, or its absence, fit a scope's selector? */
export function matchesSelector({ operator, values = [] }: Scope, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return !!value && values.includes(value);
    case 'NotIn':
      return !value || !values.includes(value);
    case 'Exists':
      return !!value;
    case 'DoesNotExist':
      return !value;
    default:
      return false;
  }
}
