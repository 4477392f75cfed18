import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { toYaml } from '../../../component/yaml.ts';
import { parseAuthenticationConfiguration, type AuthenticationConfiguration } from './jwt-configuration.ts';

type Fields = Record<string, unknown>;

const parse = (more: Fields, version = 'v1'): AuthenticationConfiguration =>
  parseAuthenticationConfiguration(
    toYaml({ apiVersion: `apiserver.config.k8s.io/${version}`, kind: 'AuthenticationConfiguration', ...more }),
    ['https://own'],
  );
const one = (more: Fields = {}): Fields => ({
  issuer: { url: 'https://issuer', audiences: ['app'] },
  claimMappings: { username: { claim: 'sub', prefix: '' } },
  ...more,
});
const issuer = (more: Fields): Fields => one({ issuer: { url: 'https://issuer', audiences: ['app'], ...more } });
const mappings = (more: Fields): Fields => one({ claimMappings: { username: { claim: 'sub', prefix: '' }, ...more } });
const extra = (key: string, valueExpression = 'claims.x'): Fields => mappings({ extra: [{ key, valueExpression }] });

describe('authentication configuration', () => {
  for (const version of ['v1', 'v1beta1', 'v1alpha1'])
    it(`is read in ${version}`, () => {
      const jwt = [
        one(),
        one({ issuer: { url: 'https://b', audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' } }),
      ];
      assert.deepEqual(parse({ jwt }, version), { jwt });
    });

  it('may say to whom requests without credentials may come', () => {
    assert.deepEqual(parse({ anonymous: { enabled: true, conditions: [{ path: '/livez' }] } }), {
      jwt: [],
      anonymous: { enabled: true, paths: ['/livez'] },
    });
    assert.deepEqual(parse({ anonymous: { enabled: false } }).anonymous, { enabled: false, paths: [] });
  });

  const required = 'Required value';
  for (const [name, jwt, message] of [
    ['without a URL', [issuer({ url: '' })], `jwt[0].issuer.url: ${required}`],
    [
      'by http',
      [issuer({ url: 'http://issuer' })],
      'jwt[0].issuer.url: Invalid value: "http://issuer": URL scheme must be https',
    ],
    [
      'of this server',
      [issuer({ url: 'https://own' })],
      'jwt[0].issuer.url: Invalid value: "https://own": URL must not overlap with disallowed issuers: [https://own]',
    ],
    [
      'with a password',
      [issuer({ url: 'https://a:b@issuer' })],
      'jwt[0].issuer.url: Invalid value: "https://a:b@issuer": URL must not contain a username or password',
    ],
    [
      'with a query',
      [issuer({ url: 'https://issuer?a' })],
      'jwt[0].issuer.url: Invalid value: "https://issuer?a": URL must not contain a query',
    ],
    [
      'with a fragment',
      [issuer({ url: 'https://issuer#a' })],
      'jwt[0].issuer.url: Invalid value: "https://issuer#a": URL must not contain a fragment',
    ],
    ['twice', [one(), one()], 'jwt[1].issuer.url: Duplicate value: "https://issuer"'],
    [
      'discovered where it is',
      [issuer({ discoveryURL: 'https://issuer/' })],
      'jwt[0].issuer.discoveryURL: Invalid value: "https://issuer/": discoveryURL must be different from URL',
    ],
    [
      'without audiences',
      [issuer({ audiences: [] })],
      `jwt[0].issuer.audiences: ${required}: at least one jwt[0].issuer.audiences is required`,
    ],
    [
      'with several audiences that are not said to be alike',
      [issuer({ audiences: ['a', 'b'] })],
      'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
    [
      'with another policy',
      [issuer({ audienceMatchPolicy: 'MatchAll' })],
      'jwt[0].issuer.audienceMatchPolicy: Invalid value: "MatchAll": audienceMatchPolicy must be empty or MatchAny for single audience',
    ],
    [
      'whose authority is no certificate',
      [issuer({ certificateAuthority: 'x' })],
      'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
    ],
    [
      'without names for users',
      [one({ claimMappings: {} })],
      `jwt[0].claimMappings.username: ${required}: claim or expression is required`,
    ],
    [
      'without a prefix',
      [mappings({ username: { claim: 'sub' } })],
      `jwt[0].claimMappings.username.prefix: ${required}: prefix is required when claim is set. It can be set to an empty string to disable prefixing`,
    ],
    [
      'with a prefix for an expression',
      [mappings({ groups: { expression: 'claims.g', prefix: 'x' } })],
      'jwt[0].claimMappings.groups.prefix: Invalid value: "x": may not be specified when expression is set',
    ],
    [
      'with two ways to a uid',
      [mappings({ uid: { claim: 'a', expression: 'claims.b' } })],
      `jwt[0].claimMappings.uid: Invalid value: "": claim and expression can't both be set`,
    ],
    [
      'with an address that anybody may claim',
      [mappings({ username: { expression: 'claims.email' } })],
      /jwt\[0\]\.claimMappings\.username\.expression: Invalid value: "claims\.email": claims\.email_verified must be used/,
    ],
    [
      'with more under a key of Kubernetes',
      [extra('a.k8s.io/b')],
      /k8s\.io, kubernetes\.io and their subdomains are reserved/,
    ],
    ['with more under no key', [extra('')], `jwt[0].claimMappings.extra[0].key: ${required}`],
    ['with more under a plain key', [extra('b')], /must be a domain-prefixed path/],
    ['with more under a capital key', [extra('a.com/B')], /must be lowercase/],
    [
      'with a rule that is no claim',
      [one({ claimValidationRules: [{ expression: 'claims.a' }] })],
      'jwt[0].claimValidationRules[0].expression: Invalid value: "claims.a": must evaluate to bool',
    ],
    [
      'with an empty rule',
      [one({ claimValidationRules: [{}] })],
      `jwt[0].claimValidationRules[0]: ${required}: claim or expression is required`,
    ],
    [
      'with a claim twice',
      [one({ claimValidationRules: [{ claim: 'a' }, { claim: 'a' }] })],
      'jwt[0].claimValidationRules[1].claim: Duplicate value: "a"',
    ],
    [
      'with an empty rule for users',
      [one({ userValidationRules: [{}] })],
      `jwt[0].userValidationRules[0].expression: ${required}`,
    ],
    [
      'with a rule for users about claims',
      [one({ userValidationRules: [{ expression: 'claims.a' }] })],
      /undeclared reference to 'claims'/,
    ],
  ] as [string, unknown, string | RegExp][])
    it(`refuses an issuer ${name}`, () => {
      const prefix = 'invalid authentication configuration: ';
      assert.throws(() => parse({ jwt }), typeof message === 'string' ? { message: prefix + message } : message);
    });

  it('takes an address that its owner has shown to be theirs', () => {
    const username = { expression: 'claims.email' };
    parse({ jwt: [{ ...mappings({ username }), claimValidationRules: [{ expression: 'claims.?email_verified.orValue(true) == true' }] }] }); // prettier-ignore
  });

  it('refuses other documents', () => {
    assert.throws(() => parse({ jwt: [one({ isuer: {} })] }), /strict decoding error: unknown field "jwt\[0\]\.isuer"/);
    assert.throws(() => parse({ jwt: {} }), /jwt: expected a list/);
    assert.throws(() => parse({}, 'v2'), /no kind "AuthenticationConfiguration" is registered for version/);
    assert.throws(() => parse({ anonymous: { enabled: false, conditions: [{ path: '/' }] } }), /anonymous\.conditions: Invalid value: \[\{"path":"\/"\}\]: enabled should be set to true when conditions are defined/); // prettier-ignore
  });
});
