import { claimsEnvironment, userEnvironment } from '../../../api/cel/cel-environments.ts';
import { compileProgram, type CelProgram } from '../../../api/cel/compile-program.ts';
import { createUser, type User } from '../authenticator.ts';
import type { JwtAuthenticatorConfiguration } from './jwt-configuration.ts';

/** The claims of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Whose token it is. Throws an Error in upstream's words where claims are missing, of another type, or refused. */
export type ClaimMapper = (claims: Claims) => User;

/** What a configuration that has been validated makes of claims. Expressions are compiled once. */
export function createClaimMapper(configuration: JwtAuthenticatorConfiguration): ClaimMapper {
  const { claimMappings = {}, claimValidationRules = [], userValidationRules = [] } = configuration;
  const { username = {}, groups = {}, uid = {}, extra = [] } = claimMappings;
  const ofClaims = claimsEnvironment();
  const compile = (expression: string | undefined): CelProgram | undefined => {
    if (!expression) return undefined;
    const outcome = compileProgram(ofClaims, expression);
    if (outcome.kind === 'error') throw new Error(outcome.message);
    return outcome.program;
  };
  const expressions = {
    username: compile(username.expression),
    groups: compile(groups.expression),
    uid: compile(uid.expression),
    extra: extra.map(({ key, valueExpression }) => ({ key: key!, program: compile(valueExpression)! })),
  };
  const claimRules = claimValidationRules.flatMap(({ expression, message }) =>
    expression ? [{ program: compile(expression)!, message }] : [],
  );
  const userPrograms = userEnvironment();
  const userRules = userValidationRules.map(({ expression, message }) => {
    const outcome = compileProgram(userPrograms, expression!);
    if (outcome.kind === 'error') throw new Error(outcome.message);
    return { program: outcome.program, message };
  });

  const nameOf = (claims: Claims): string => {
    if (expressions.username) {
      const name = within('username claim', () => wordOf(expressions.username!, claims, 'username'));
      if (!name) throw new Error('oidc: empty username via CEL expression is not allowed');
      return name;
    }
    const name = text(
      claims,
      username.claim!,
      (why) => `oidc: parse username claims ${quote(username.claim!)}: ${why}`,
    );
    if (username.claim === 'email' && Object.hasOwn(claims, 'email_verified')) {
      const isVerified = claims['email_verified'];
      if (typeof isVerified !== 'boolean')
        throw new Error(`oidc: parse 'email_verified' claim: ${mismatch(isVerified, 'bool')}`);
      if (!isVerified) throw new Error('oidc: email not verified');
    }
    return (username.prefix ?? '') + name;
  };
  const groupsOf = (claims: Claims): string[] => {
    if (expressions.groups) return within('group claim', () => listOf(run(expressions.groups!, { claims })));
    if (!groups.claim || !Object.hasOwn(claims, groups.claim)) return [];
    return stringOrList(claims[groups.claim], groups.claim).map((group) => (groups.prefix ?? '') + group);
  };
  const uidOf = (claims: Claims): string => {
    if (expressions.uid) return within('uid claim', () => wordOf(expressions.uid!, claims, 'uid'));
    return uid.claim ? text(claims, uid.claim, (why) => `oidc: parse uid claim ${quote(uid.claim!)}: ${why}`) : '';
  };
  const extraOf = (claims: Claims): Record<string, string[]> => {
    const id = claims['jti'];
    const found: [string, string[]][] =
      typeof id === 'string' && id ? [['authentication.kubernetes.io/credential-id', [`JTI=${id}`]]] : [];
    for (const { key, program } of expressions.extra) {
      const values = within('extra claim', () => listOf(run(program, { claims })), `${program.expression}: `);
      if (values.length) found.push([key, values]);
    }
    return Object.fromEntries(found);
  };

  return (claims) => {
    const user = createUser({
      name: nameOf(claims),
      groups: groupsOf(claims),
      uid: uidOf(claims),
      extra: extraOf(claims),
    });
    for (const { claim, requiredValue = '' } of claimValidationRules) {
      if (!claim) continue;
      if (!Object.hasOwn(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`);
      const value = text(claims, claim, (why) => `oidc: parse claim ${claim}: ${why}`);
      if (value !== requiredValue)
        throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`);
    }
    for (const rule of claimRules) check(rule, { claims }, 'claim validation expression');
    const { name, ...rest } = user;
    for (const rule of userRules) check(rule, { user: { username: name, ...rest } }, 'user info validation rule');
    return user;
  };
}

function check(
  { program, message = '' }: { readonly program: CelProgram; readonly message?: string },
  variables: Readonly<Record<string, unknown>>,
  what: string,
): void {
  const holds = run(program, variables, `oidc: error evaluating ${what}: `);
  if (holds !== true)
    throw new Error(`oidc: error evaluating ${what}: validation expression '${program.expression}' failed: ${message}`);
}

/** The value of an expression; its failure is one line. */
function run(program: CelProgram, variables: Readonly<Record<string, unknown>>, prefix = ''): unknown {
  try {
    return program.run(variables);
  } catch (error) {
    const [why] = (error as Error).message.split('\n');
    throw new Error(`${prefix}expression '${program.expression}' resulted in error: ${why}`, { cause: error });
  }
}

/** Says of a failure what was being evaluated. */
function within<T>(what: string, evaluate: () => T, detail = ''): T {
  try {
    return evaluate();
  } catch (error) {
    throw new Error(`oidc: error evaluating ${what} expression: ${detail}${(error as Error).message}`, {
      cause: error,
    });
  }
}

function wordOf(program: CelProgram, claims: Claims, what: string): string {
  const value = run(program, { claims });
  if (typeof value !== 'string') throw new Error(`${what} claim expression must return a string`);
  return value;
}

/** A string, a list of strings, or nothing; what is empty counts as not there. */
function listOf(value: unknown): string[] {
  if (value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string'))
    throw new Error('expression must return a string or a list of strings');
  return list.filter((item) => item !== '');
}

function text(claims: Claims, claim: string, problem: (why: string) => string): string {
  if (!Object.hasOwn(claims, claim)) throw new Error(problem('claim not present'));
  const value = claims[claim];
  if (value === null) return ''; // as Go reads it
  if (typeof value !== 'string') throw new Error(problem(mismatch(value, 'string')));
  return value;
}

function stringOrList(value: unknown, claim: string): string[] {
  if (value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const wrong = list.find((item) => typeof item !== 'string');
  if (wrong === undefined && list.every((item) => typeof item === 'string')) return list;
  throw new Error(`oidc: parse groups claim ${quote(claim)}: ${mismatch(value, 'string')}`);
}

/** Go's words for a value of another type. */
function mismatch(value: unknown, wanted: string): string {
  const kind =
    value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type ${wanted}`;
}

function quote(word: string): string {
  return JSON.stringify(word);
}
