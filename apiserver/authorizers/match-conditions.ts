import { accessReviewEnvironment } from '../../api/cel/cel-environments.ts';
import { compileProgram } from '../../api/cel/compile-program.ts';
import type { SubjectAccessReviewSpec } from '../../api/schema/generated/authorization-v1.ts';

/**
 * Whether all of the expressions are true of an access review. One that is false decides, whatever others do; else the
 * question throws what evaluation of the others failed of. Throws at once where one does not compile.
 */
export function createMatchConditions(expressions: readonly string[]): (spec: SubjectAccessReviewSpec) => boolean {
  const environment = accessReviewEnvironment();
  const programs = expressions.map((expression) => {
    const outcome = compileProgram(environment, expression);
    if (outcome.kind === 'error') throw new Error(outcome.message);
    return outcome.program;
  });
  return (spec) => {
    const request = variablesOf(spec);
    const errors: string[] = [];
    for (const program of programs) {
      try {
        if (program.run({ request }) !== true) return false;
      } catch (error) {
        const [why] = (error as Error).message.split('\n');
        errors.push(`cel evaluation error: expression '${program.expression}' resulted in error: ${why}`);
      }
    }
    if (errors.length) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`);
    return true;
  };
}

/** The spec as expressions see it: words that are not there are empty, so that they can be compared. */
function variablesOf(spec: SubjectAccessReviewSpec): object {
  const { resourceAttributes, nonResourceAttributes, user = '', groups = [], extra = {}, uid = '' } = spec;
  const words = { namespace: '', verb: '', group: '', version: '', resource: '', subresource: '', name: '' };
  return {
    user,
    groups,
    extra,
    uid,
    ...(resourceAttributes ? { resourceAttributes: { ...words, ...resourceAttributes } } : {}),
    ...(nonResourceAttributes ? { nonResourceAttributes: { path: '', verb: '', ...nonResourceAttributes } } : {}),
  };
}
