import type { Environment } from '@marcbachmann/cel-js';
import { admissionEnvironment } from '../../cel/cel-environments.ts';
import { validateConditions } from '../../meta/condition-validation.ts';
import { addInvalid, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import { isDns1035Label, isDns1123Subdomain, isQualifiedName, isValidPathSegmentName } from '../../meta/names.ts';
import type {
  AuditAnnotation,
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
  Variable,
} from '../../schema/generated/admissionregistration-v1.ts';
import { validateExpression } from './expression-validation.ts';
import { failurePolicies, validateMatchConditions, validateMatchResources } from './rule-validation.ts';

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const maxAuditAnnotations = 20;
const maxValueExpressionBytes = 5120;
/** Words that CEL keeps for itself. */
const reservedIdentifiers = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * Upstream's `ValidateValidatingAdmissionPolicy`, after defaults. Every expression is compiled: a variable's may use
 * the variables before it, and a message's not the authorizer.
 */
export function validateValidatingPolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: Errors = [];
  const variables = validateCommon(spec, errors);
  const hasParams = spec.paramKind !== undefined;
  const environment = admissionEnvironment({ hasParams, hasAuthorizer: true, variables });
  // What is said to a client must not tell what else it may do.
  const messageEnvironment = admissionEnvironment({ hasParams, hasAuthorizer: false, variables });
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', why), required('spec.auditAnnotations', why));
    return errors;
  }
  for (const [index, validation] of validations.entries())
    validateValidation(validation, { environment, messageEnvironment }, `spec.validations[${index}]`, errors);
  if (auditAnnotations.length > maxAuditAnnotations) {
    const internal = auditAnnotations.map(({ key = '', valueExpression = '' }) => ({
      Key: key,
      ValueExpression: valueExpression,
    }));
    const why = `must not have more than ${maxAuditAnnotations} auditAnnotations`;
    errors.push(invalidValue('spec.auditAnnotations', internal, why));
  }
  const keys = new Set<string>();
  for (const [index, annotation] of auditAnnotations.entries()) {
    const at = `spec.auditAnnotations[${index}]`;
    validateAuditAnnotation(annotation, { policy: metadata.name ?? '', environment }, at, errors);
    if (keys.has(annotation.key)) errors.push(duplicate(`${at}.key`, annotation.key));
    keys.add(annotation.key);
  }
  return errors;
}

/** What was found when the types of the policy's expressions were checked. */
export function validateValidatingPolicyStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: Errors = [];
  for (const [index, { warning, fieldRef }] of (status?.typeChecking?.expressionWarnings ?? []).entries()) {
    const at = `status.typeChecking.expressionWarnings[${index}]`;
    if (!warning) errors.push(required(`${at}.warning`));
    if (!fieldRef?.trim()) errors.push(required(`${at}.fieldRef`));
  }
  validateConditions(status?.conditions, 'status.conditions', errors);
  return errors;
}

/**
 * Upstream's `ValidateMutatingAdmissionPolicy`, after defaults. Rules may not name DELETE, and a mutation must evaluate
 * to what its patch type takes: an `Object`, or a list of `JSONPatch`.
 */
export function validateMutatingPolicy({ spec = {} }: MutatingAdmissionPolicy): FieldError[] {
  const errors: Errors = [];
  const variables = validateCommon(spec, errors, validateMutableOperations);
  const environment = admissionEnvironment({ hasParams: spec.paramKind !== undefined, hasAuthorizer: true, variables });
  const { mutations = [], reinvocationPolicy: policy } = spec;
  if (mutations.length === 0) errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  for (const [index, mutation] of mutations.entries())
    validateMutation(mutation, environment, `spec.mutations[${index}]`, errors);
  if (!policy) errors.push(required('spec.reinvocationPolicy'));
  else if (policy !== 'Never' && policy !== 'IfNeeded')
    errors.push(unsupported('spec.reinvocationPolicy', policy, ['IfNeeded', 'Never']));
  return errors;
}

type CommonSpec = Pick<
  NonNullable<ValidatingAdmissionPolicy['spec']>,
  'failurePolicy' | 'paramKind' | 'matchConstraints' | 'matchConditions' | 'variables'
>;

/** What both kinds of policies have; answers the types of the variables that stand for something. */
function validateCommon(
  spec: CommonSpec,
  errors: Errors,
  validateOperations?: typeof validateMutableOperations,
): Readonly<Record<string, string>> {
  const { failurePolicy, paramKind, matchConstraints, matchConditions, variables = [] } = spec;
  if (failurePolicy === undefined) errors.push(required('spec.failurePolicy'));
  else if (!failurePolicies.includes(failurePolicy))
    errors.push(unsupported('spec.failurePolicy', failurePolicy, failurePolicies));
  if (paramKind) validateParamKind(paramKind, 'spec.paramKind', errors);
  if (!matchConstraints) errors.push(required('spec.matchConstraints'));
  else {
    validateMatchResources(matchConstraints, 'spec.matchConstraints', errors);
    if (!matchConstraints.resourceRules?.length) errors.push(required('spec.matchConstraints.resourceRules'));
    validateOperations?.(matchConstraints, 'spec.matchConstraints', errors);
  }
  const hasParams = paramKind !== undefined;
  validateMatchConditions(matchConditions, 'spec.matchConditions', errors, hasParams);
  const types: Record<string, string> = {};
  for (const [index, variable] of variables.entries()) {
    const environment = admissionEnvironment({ hasParams, hasAuthorizer: true, variables: types });
    const type = validateVariable(variable, environment, `spec.variables[${index}]`, errors);
    if (type !== undefined) types[variable.name] = type;
  }
  return types;
}

const mutableOperations = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

/** What is deleted cannot be changed on the way. */
function validateMutableOperations({ resourceRules }: MatchResources, path: string, errors: Errors): void {
  for (const operation of (resourceRules ?? []).flatMap(({ operations }) => operations ?? []))
    if (!mutableOperations.includes(operation))
      errors.push(unsupported(`${path}.resourceRules.operations`, operation, mutableOperations));
}

function validateParamKind({ apiVersion, kind }: ParamKind, path: string, errors: Errors): void {
  if (!apiVersion) errors.push(required(`${path}.apiVersion`));
  else {
    const parts = apiVersion.split('/');
    if (parts.length > 2) {
      const why = `unexpected GroupVersion string: ${apiVersion}`;
      errors.push(invalidValue(`${path}.apiVersion`, apiVersion, why));
    } else {
      const at = `${path}.apiVersion`;
      const version = parts.at(-1)!;
      if (parts.length === 2 && parts[0]) addJoined(isDns1123Subdomain(parts[0]), at, parts[0], errors);
      if (version) addJoined(isDns1035Label(version), at, version, errors);
      else errors.push(invalidValue(at, apiVersion, 'version must be specified'));
    }
  }
  if (!kind) errors.push(required(`${path}.kind`));
  else {
    const messages = isDns1035Label(kind.toLowerCase());
    if (messages.length > 0) {
      const why = `may have mixed case, but should otherwise match: ${messages.join(',')}`;
      errors.push(invalidValue(`${path}.kind`, kind, why));
    }
  }
}

function addJoined(messages: readonly string[], field: string, value: unknown, errors: Errors): void {
  if (messages.length > 0) errors.push(invalidValue(field, value, messages.join(',')));
}

/** Answers the type of the variable, undefined where it has none. */
function validateVariable(
  { name, expression }: Variable,
  environment: Environment,
  path: string,
  errors: Errors,
): string | undefined {
  const isNamed = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name ?? '') && !reservedIdentifiers.has(name);
  if (!name?.trim()) errors.push(required(`${path}.name`, 'name is not specified'));
  else if (!isNamed) errors.push(invalidValue(`${path}.name`, name, 'must be a valid CEL identifier'));
  if (!expression?.trim()) {
    errors.push(required(`${path}.expression`, 'expression is not specified'));
    return undefined;
  }
  const type = validateExpression(environment, expression, [], `${path}.expression`, errors);
  return isNamed ? type : undefined;
}

function validateValidation(
  validation: Validation,
  { environment, messageEnvironment }: { readonly environment: Environment; readonly messageEnvironment: Environment },
  path: string,
  errors: Errors,
): void {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  if (!expression.trim()) errors.push(required(`${path}.expression`, 'expression is not specified'));
  else validateExpression(environment, expression, ['bool'], `${path}.expression`, errors);
  if (messageExpression && !messageExpression.trim())
    errors.push(invalidValue(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  else if (messageExpression)
    validateExpression(messageEnvironment, messageExpression, ['string'], `${path}.messageExpression`, errors);
  if (message && !message.trim())
    errors.push(invalidValue(`${path}.message`, message, 'must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim()))
    errors.push(invalidValue(`${path}.message`, message, 'must not contain line breaks'));
  if (reason !== undefined && !reasons.includes(reason)) errors.push(unsupported(`${path}.reason`, reason, reasons));
}

function validateAuditAnnotation(
  { key = '', valueExpression = '' }: AuditAnnotation,
  { policy, environment }: { readonly policy: string; readonly environment: Environment },
  path: string,
  errors: Errors,
): void {
  if (policy) addInvalid(isQualifiedName(`${policy}/${key}`), `${path}.key`, `${policy}/${key}`, errors);
  else errors.push(invalidValue(`${path}.key`, key, 'requires metadata.name be non-empty'));
  const at = `${path}.valueExpression`;
  const source = valueExpression.trim();
  if (!source) errors.push(required(at, 'valueExpression is not specified'));
  else if (Buffer.byteLength(source) > maxValueExpressionBytes)
    errors.push(required(at, `must not exceed ${maxValueExpressionBytes} bytes in length`));
  else {
    const found: Errors = [];
    validateExpression(environment, source, ['string', 'null_type'], at, found);
    errors.push(...found.map(({ detail }) => invalidValue(at, valueExpression, detail)));
  }
}

function validateMutation(
  { patchType, applyConfiguration, jsonPatch }: Mutation,
  environment: Environment,
  path: string,
  errors: Errors,
): void {
  if (!patchType) {
    errors.push(required(`${path}.patchType`));
    return;
  }
  const mine = patchTypes[patchType];
  if (!mine) {
    errors.push(unsupported(`${path}.patchType`, patchType, Object.keys(patchTypes)));
    return;
  }
  const sources = { applyConfiguration, jsonPatch };
  const at = `${path}.${mine.field}`;
  const source = sources[mine.field];
  const expression = source?.expression?.trim();
  if (!source) errors.push(required(at, `must be specified when patchType is ${patchType}`));
  else if (!expression) errors.push(required(`${at}.expression`));
  else validateExpression(environment, expression, [mine.returns], `${at}.expression`, errors);
  const { other } = mine;
  if (sources[other])
    errors.push(invalidValue(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`));
}

type PatchField = 'applyConfiguration' | 'jsonPatch';

/** Where each kind of patch has its expression, and what that evaluates to. */
const patchTypes: Readonly<
  Record<string, { readonly field: PatchField; readonly other: PatchField; readonly returns: string }>
> = {
  ApplyConfiguration: { field: 'applyConfiguration', other: 'jsonPatch', returns: 'Object' },
  JSONPatch: { field: 'jsonPatch', other: 'applyConfiguration', returns: 'list(JSONPatch)' },
};

const actions = ['Audit', 'Deny', 'Warn'];

/**
 * Upstream's `ValidateValidatingAdmissionPolicyBinding`, after defaults. Some action is needed, each once, and not both
 * Deny and Warn. Whether the policy exists is not asked.
 */
export function validateValidatingBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  const errors: Errors = [];
  validateBindingCommon(spec ?? {}, errors);
  const given = spec?.validationActions ?? [];
  const path = 'spec.validationActions';
  const seen = new Set<string>();
  for (const [index, action] of given.entries()) {
    if (!actions.includes(action)) errors.push(unsupported(`${path}[${index}]`, action, actions));
    if (seen.has(action)) errors.push(duplicate(`${path}[${index}]`, action));
    seen.add(action);
  }
  if (seen.has('Deny') && seen.has('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalidValue(path, given, why));
  }
  if (given.length === 0) errors.push(required(path, 'at least one validation action is required'));
  return errors;
}

/**
 * Upstream's `ValidateMutatingAdmissionPolicyBinding`, after defaults. Rules may not name DELETE. Whether the policy
 * exists is not asked.
 */
export function validateMutatingBinding({ spec }: MutatingAdmissionPolicyBinding): FieldError[] {
  const errors: Errors = [];
  validateBindingCommon(spec ?? {}, errors);
  if (spec?.matchResources) validateMutableOperations(spec.matchResources, 'spec.matchResources', errors);
  return errors;
}

type CommonBinding = Pick<
  NonNullable<MutatingAdmissionPolicyBinding['spec']>,
  'policyName' | 'paramRef' | 'matchResources'
>;

function validateBindingCommon({ policyName, paramRef, matchResources }: CommonBinding, errors: Errors): void {
  if (!policyName) errors.push(required('spec.policyName'));
  else addInvalid(isDns1123Subdomain(policyName), 'spec.policyName', policyName, errors);
  if (paramRef) validateParamRef(paramRef, 'spec.paramRef', errors);
  if (matchResources) validateMatchResources(matchResources, 'spec.matchResources', errors);
}

const isExclusive = 'name and selector are mutually exclusive';

function validateParamRef(
  { name, selector, parameterNotFoundAction: action }: ParamRef,
  path: string,
  errors: Errors,
): void {
  if (name) {
    addInvalid(isValidPathSegmentName(name), `${path}.name`, name, errors);
    if (selector) errors.push(forbiddenField(`${path}.name`, isExclusive));
  }
  if (selector) {
    validateLabelSelector(selector, `${path}.selector`, errors);
    if (name) errors.push(forbiddenField(`${path}.selector`, isExclusive));
  }
  if (!name && !selector) errors.push(required(path, 'one of name or selector must be specified'));
  if (!action) errors.push(required(`${path}.parameterNotFoundAction`));
  else if (action !== 'Deny' && action !== 'Allow')
    errors.push(unsupported(`${path}.parameterNotFoundAction`, action, ['Deny', 'Allow']));
}
