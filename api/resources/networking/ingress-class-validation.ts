import {
  checkDomainPrefixedPath,
  checkImmutable,
  checkLabel,
  checkObjectReference,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { forbiddenField, required, tooLong, type FieldError } from '../../meta/field-error.ts';
import type { IngressClass, IngressClassParametersReference } from '../../schema/generated/networking-v1.ts';

const controllerMaxLength = 250;

/**
 * Upstream's `ValidateIngressClass`, after defaults. The controller is a path behind a domain, and parameters name a
 * namespace exactly where their scope is one.
 */
export function validateIngressClass({ spec = {} }: IngressClass): FieldError[] {
  const errors: Errors = [];
  const { controller = '', parameters } = spec;
  if (controller.length > controllerMaxLength) errors.push(tooLong('spec.controller', controllerMaxLength));
  checkDomainPrefixedPath(controller, 'spec.controller', errors);
  if (parameters) validateParameters(parameters, 'spec.parameters', errors);
  return errors;
}

function validateParameters(parameters: IngressClassParametersReference, path: string, errors: Errors): void {
  const { scope, namespace } = parameters;
  checkObjectReference(parameters, path, errors);
  if (scope === undefined) {
    errors.push(required(`${path}.scope`));
    return;
  }
  if (scope !== 'Cluster' && scope !== 'Namespace')
    errors.push(unsupported(`${path}.scope`, scope, ['Cluster', 'Namespace']));
  if (scope === 'Cluster' && namespace !== undefined)
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  if (scope !== 'Namespace') return;
  if (namespace === undefined) errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  else checkLabel(namespace, `${path}.namespace`, errors);
}

/** First that the controller may not change, and then what `validateIngressClass` says of `next`. */
export function validateIngressClassUpdate(next: IngressClass, old: IngressClass): FieldError[] {
  const errors: Errors = [];
  checkImmutable(next.spec?.controller, old.spec?.controller, 'spec.controller', errors);
  errors.push(...validateIngressClass(next));
  return errors;
}
