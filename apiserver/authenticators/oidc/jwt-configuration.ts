import { type FieldError, forbiddenField, invalidValue } from '../../../api/meta/field-error.ts';
import { joinErrors, readConfigurationDocument, type Shaped } from '../../config/configuration-document.ts';
import { validateJwtAuthenticators } from './validate-jwt.ts';

const mapping = { claim: 'string', prefix: 'string', expression: 'string' } as const;

const jwt = {
  issuer: {
    url: 'string',
    discoveryURL: 'string',
    certificateAuthority: 'string',
    audiences: ['string'],
    audienceMatchPolicy: 'string',
    egressSelectorType: 'string',
  },
  claimValidationRules: [{ claim: 'string', requiredValue: 'string', expression: 'string', message: 'string' }],
  claimMappings: {
    username: mapping,
    groups: mapping,
    uid: { claim: 'string', expression: 'string' },
    extra: [{ key: 'string', valueExpression: 'string' }],
  },
  userValidationRules: [{ expression: 'string', message: 'string' }],
} as const;

const configuration = {
  kind: 'AuthenticationConfiguration',
  versions: ['v1', 'v1beta1', 'v1alpha1'],
  shape: { jwt: [jwt], anonymous: { enabled: 'bool', conditions: [{ path: 'string' }] } },
} as const;

/** One issuer whose tokens are taken, as the API has it. */
export type JwtAuthenticatorConfiguration = Shaped<typeof jwt>;

/** Whether requests without credentials are let in, and to which paths; to all where none are named. */
export interface AnonymousConfiguration {
  readonly enabled: boolean;
  readonly paths: readonly string[];
}

export interface AuthenticationConfiguration {
  readonly jwt: readonly JwtAuthenticatorConfiguration[];
  /** Absent: `--anonymous-auth` says. */
  readonly anonymous?: AnonymousConfiguration;
}

/**
 * Reads an AuthenticationConfiguration (`--authentication-config`). `ownIssuers` may not be named in it: the server signs
 * for them. Throws an Error with one line, in upstream's words.
 */
export function parseAuthenticationConfiguration(
  text: string,
  ownIssuers: readonly string[],
): AuthenticationConfiguration {
  const { jwt: authenticators = [], anonymous } = readConfigurationDocument(text, configuration);
  const errors = validateJwtAuthenticators(authenticators, ownIssuers);
  const { enabled = false, conditions = [] } = anonymous ?? {};
  if (!enabled && conditions.length)
    errors.push(
      invalidValue('anonymous.conditions', conditions, 'enabled should be set to true when conditions are defined'),
    );
  refuse(errors);
  return {
    jwt: authenticators,
    ...(anonymous ? { anonymous: { enabled, paths: conditions.map(({ path = '' }) => path) } } : {}),
  };
}

/** Anonymous requests are decided upon at the start. @throws Error where a later configuration says something else */
export function refuseOtherAnonymous(
  first: AnonymousConfiguration | undefined,
  next: AnonymousConfiguration | undefined,
): void {
  if (JSON.stringify(first) !== JSON.stringify(next))
    refuse([forbiddenField('anonymous', 'changed from initial configuration file')]);
}

/** @throws Error where there are errors */
export function refuse(errors: readonly FieldError[]): void {
  if (errors.length) throw new Error(`invalid authentication configuration: ${joinErrors(errors)}`);
}
