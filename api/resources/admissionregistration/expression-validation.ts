import type { Environment } from '@marcbachmann/cel-js';
import { compileExpression } from '../../cel/compile-expression.ts';
import type { Errors } from '../../meta/field-checks.ts';
import { invalidValue } from '../../meta/field-error.ts';

/**
 * Compiles an expression and tells what is wrong with it, or with what it evaluates to; `returns` are names of types, none
 * for any. Answers the type, undefined where it does not compile.
 */
export function validateExpression(
  environment: Environment,
  expression: string,
  returns: readonly string[],
  path: string,
  errors: Errors,
): string | undefined {
  const compiled = compileExpression(environment, expression);
  if (compiled.kind === 'error') {
    errors.push(invalidValue(path, expression, compiled.message));
    return undefined;
  }
  const { type } = compiled;
  if (returns.length && type !== 'dyn' && !returns.includes(type)) {
    const wanted = returns.length === 1 ? returns[0]! : `one of [${returns.join(' ')}]`;
    errors.push(invalidValue(path, expression, `must evaluate to ${wanted} but got ${type}`));
  }
  return type;
}
