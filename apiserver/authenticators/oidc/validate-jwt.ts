import { X509Certificate } from 'node:crypto';
import type { Environment } from '@marcbachmann/cel-js';
import { claimsEnvironment, userEnvironment } from '../../../api/cel/cel-environments.ts';
import { compileProgram, type CelProgram } from '../../../api/cel/compile-program.ts';
import { checkDomainPrefixedPath } from '../../../api/meta/field-checks.ts';
import { duplicate, invalidValue, required, tooMany, type FieldError } from '../../../api/meta/field-error.ts';
import type { JwtAuthenticatorConfiguration } from './jwt-configuration.ts';

type Part<K extends keyof JwtAuthenticatorConfiguration> = NonNullable<JwtAuthenticatorConfiguration[K]>;

const maxAuthenticators = 64;

/** All that is wrong with the authenticators, in upstream's words. */
export function validateJwtAuthenticators(
  authenticators: readonly JwtAuthenticatorConfiguration[],
  ownIssuers: readonly string[],
): FieldError[] {
  if (authenticators.length > maxAuthenticators) return [tooMany('jwt', authenticators.length, maxAuthenticators)];
  const [issuers, discoveryUrls] = [new Set<string>(), new Set<string>()];
  return authenticators.flatMap((authenticator, i) => {
    const at = `jwt[${i}]`;
    const { url = '', discoveryURL } = authenticator.issuer ?? {};
    const errors = [
      ...issuerErrors(authenticator.issuer ?? {}, ownIssuers, `${at}.issuer`),
      ...ruleErrors(authenticator.claimValidationRules ?? [], `${at}.claimValidationRules`),
      ...mappingErrors(authenticator, `${at}.claimMappings`),
      ...userRuleErrors(authenticator.userValidationRules ?? [], `${at}.userValidationRules`),
    ];
    if (issuers.has(url)) errors.push(duplicate(`${at}.issuer.url`, url));
    issuers.add(url);
    if (discoveryURL && discoveryUrls.has(discoveryURL))
      errors.push(duplicate(`${at}.issuer.discoveryURL`, discoveryURL));
    if (discoveryURL) discoveryUrls.add(discoveryURL);
    return errors;
  });
}

function issuerErrors(issuer: Part<'issuer'>, ownIssuers: readonly string[], at: string): FieldError[] {
  const { url = '', discoveryURL = '', audiences = [], audienceMatchPolicy = '', certificateAuthority } = issuer;
  const errors = url ? urlErrors(url, ownIssuers, `${at}.url`) : [required(`${at}.url`)];
  if (discoveryURL) {
    if (url && withoutSlashes(url) === withoutSlashes(discoveryURL))
      errors.push(invalidValue(`${at}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL'));
    errors.push(...urlErrors(discoveryURL, [], `${at}.discoveryURL`));
  }
  errors.push(...audienceErrors(audiences, audienceMatchPolicy, at));
  if (certificateAuthority && !hasCertificate(certificateAuthority))
    errors.push(
      invalidValue(
        `${at}.certificateAuthority`,
        '<omitted>',
        'data does not contain any valid RSA or ECDSA certificates',
      ),
    );
  if (issuer.egressSelectorType)
    errors.push(invalidValue(`${at}.egressSelectorType`, issuer.egressSelectorType, 'egress selectors are not supported')); // prettier-ignore
  return errors;
}

function audienceErrors(audiences: readonly string[], policy: string, at: string): FieldError[] {
  const field = `${at}.audiences`;
  if (!audiences.length) return [required(field, `at least one ${field} is required`)];
  const errors: FieldError[] = [];
  audiences.forEach((audience, i) => {
    if (!audience) errors.push(required(`${field}[${i}]`));
    if (audiences.indexOf(audience) < i) errors.push(duplicate(`${field}[${i}]`, audience));
  });
  if (audiences.length > 1 && policy !== 'MatchAny')
    errors.push(
      invalidValue(`${at}.audienceMatchPolicy`, policy, 'audienceMatchPolicy must be MatchAny for multiple audiences'),
    );
  if (audiences.length === 1 && policy && policy !== 'MatchAny')
    errors.push(
      invalidValue(
        `${at}.audienceMatchPolicy`,
        policy,
        'audienceMatchPolicy must be empty or MatchAny for single audience',
      ),
    );
  return errors;
}

function urlErrors(text: string, disallowed: readonly string[], at: string): FieldError[] {
  const errors: FieldError[] = [];
  const wrong = (why: string): void => void errors.push(invalidValue(at, text, why));
  if (disallowed.includes(text))
    wrong(`URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`);
  const url = URL.parse(text);
  if (!url) {
    wrong(/^https?:/i.test(text) ? `parse ${JSON.stringify(text)}: invalid URL` : 'URL scheme must be https');
    return errors;
  }
  if (url.protocol !== 'https:') wrong('URL scheme must be https');
  if (url.username || url.password) wrong('URL must not contain a username or password');
  if (url.search) wrong('URL must not contain a query');
  if (url.hash) wrong('URL must not contain a fragment');
  return errors;
}

function withoutSlashes(url: string): string {
  return url.replace(/\/+$/, '');
}

function hasCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function ruleErrors(rules: Part<'claimValidationRules'>, at: string): FieldError[] {
  const [claims, expressions] = [new Set<string>(), new Set<string>()];
  const environment = claimsEnvironment();
  return rules.flatMap(({ claim = '', requiredValue = '', expression = '', message = '' }, i) => {
    const field = `${at}[${i}]`;
    if (claim && expression) return [invalidValue(field, claim, "claim and expression can't both be set")];
    if (!claim && !expression) return [required(field, 'claim or expression is required')];
    const errors: FieldError[] = [];
    if (claim) {
      if (message) errors.push(invalidValue(`${field}.message`, message, 'may not be specified when claim is set'));
      if (claims.has(claim)) errors.push(duplicate(`${field}.claim`, claim));
      claims.add(claim);
      return errors;
    }
    if (requiredValue)
      errors.push(invalidValue(`${field}.requiredValue`, requiredValue, 'may not be specified when expression is set'));
    return [...errors, ...conditionErrors(expression, expressions, environment, `${field}.expression`)];
  });
}

function userRuleErrors(rules: Part<'userValidationRules'>, at: string): FieldError[] {
  const expressions = new Set<string>();
  const environment = userEnvironment();
  return rules.flatMap(({ expression = '' }, i) => {
    const field = `${at}[${i}].expression`;
    return expression ? conditionErrors(expression, expressions, environment, field) : [required(field)];
  });
}

/** Of an expression that must be true or false, and stand there once. */
function conditionErrors(expression: string, seen: Set<string>, environment: Environment, field: string): FieldError[] {
  if (seen.has(expression)) return [duplicate(field, expression)];
  seen.add(expression);
  const outcome = compileProgram(environment, expression);
  if (outcome.kind === 'error') return [invalidValue(field, expression, outcome.message)];
  return outcome.program.type === 'bool' ? [] : [invalidValue(field, expression, 'must evaluate to bool')];
}

function mappingErrors(
  { claimMappings = {}, claimValidationRules = [] }: JwtAuthenticatorConfiguration,
  at: string,
): FieldError[] {
  const { username = {}, groups = {}, uid = {}, extra = [] } = claimMappings;
  const environment = claimsEnvironment();
  const errors: FieldError[] = [];
  const compile = (expression: string, field: string): CelProgram | undefined => {
    const outcome = compileProgram(environment, expression);
    if (outcome.kind === 'program') return outcome.program;
    errors.push(invalidValue(field, expression, outcome.message));
    return undefined;
  };
  const prefixed = (mapping: typeof username, field: string, isRequired: boolean): CelProgram | undefined => {
    const { claim, prefix, expression } = mapping;
    if (expression && claim) errors.push(invalidValue(field, '', "claim and expression can't both be set"));
    else if (expression) {
      if (prefix !== undefined)
        errors.push(invalidValue(`${field}.prefix`, prefix, 'may not be specified when expression is set'));
      return compile(expression, `${field}.expression`);
    } else if (claim) {
      if (prefix === undefined)
        errors.push(
          required(
            `${field}.prefix`,
            'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
          ),
        );
    } else if (isRequired) errors.push(required(field, 'claim or expression is required'));
    return undefined;
  };

  const name = prefixed(username, `${at}.username`, true);
  prefixed(groups, `${at}.groups`, false);
  if (uid.claim && uid.expression) errors.push(invalidValue(`${at}.uid`, '', "claim and expression can't both be set"));
  else if (uid.expression) compile(uid.expression, `${at}.uid.expression`);
  const keys = new Set<string>();
  const values = extra.flatMap(({ key = '', valueExpression = '' }, i) => {
    const field = `${at}.extra[${i}]`;
    errors.push(...keyErrors(key, `${field}.key`));
    if (keys.has(key)) errors.push(duplicate(`${field}.key`, key));
    keys.add(key);
    if (!valueExpression) errors.push(required(`${field}.valueExpression`));
    const program = valueExpression ? compile(valueExpression, `${field}.valueExpression`) : undefined;
    return program ? [program] : [];
  });
  // An address that its owner has not shown to be theirs is anybody's.
  const rules = claimValidationRules.flatMap(({ expression }) => {
    const outcome = expression ? compileProgram(environment, expression) : undefined;
    return outcome?.kind === 'program' ? [outcome.program] : [];
  });
  const readsVerified = [name, ...values, ...rules].some((program) => program?.reads('claims', 'email_verified'));
  if (name?.reads('claims', 'email') && !readsVerified)
    errors.push(
      invalidValue(
        `${at}.username.expression`,
        name.expression,
        'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
      ),
    );
  return errors;
}

function keyErrors(key: string, field: string): FieldError[] {
  const errors: FieldError[] = [];
  checkDomainPrefixedPath(key, field, errors);
  if (key !== key.toLowerCase()) errors.push(invalidValue(field, key, 'must be lowercase'));
  const domain = key.includes('/') ? key.split('/', 1)[0]! : '';
  if (/(^|\.)(kubernetes|k8s)\.io$/.test(domain))
    errors.push(invalidValue(field, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'));
  return errors;
}
