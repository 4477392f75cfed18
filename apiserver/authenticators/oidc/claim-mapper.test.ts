import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { User } from '../authenticator.ts';
import { createClaimMapper, type Claims } from './claim-mapper.ts';
import type { JwtAuthenticatorConfiguration } from './jwt-configuration.ts';

type Mappings = NonNullable<JwtAuthenticatorConfiguration['claimMappings']>;
type Configuration = Omit<JwtAuthenticatorConfiguration, 'issuer' | 'claimMappings'>;

const sub: Mappings = { username: { claim: 'sub', prefix: '' } };
const userOf = (mappings: Mappings, claims: Claims, more: Configuration = {}): User =>
  createClaimMapper({ claimMappings: { ...sub, ...mappings }, ...more })(claims);

describe('claims of a token', () => {
  for (const [name, mappings, claims, user] of [
    ['name the user', sub, { sub: 'jane' }, { name: 'jane' }],
    [
      'name the user of a realm',
      { username: { claim: 'sub', prefix: 'oidc:' } },
      { sub: 'jane' },
      { name: 'oidc:jane' },
    ],
    [
      'name the user in an expression',
      { username: { expression: '"x:" + claims.a.b' } },
      { a: { b: 'j' } },
      { name: 'x:j' },
    ],
    [
      'name an address that is verified',
      { username: { claim: 'email', prefix: '' } },
      { email: 'j@a', email_verified: true },
      { name: 'j@a' },
    ],
    [
      'name an address of which nothing is said',
      { username: { claim: 'email', prefix: '' } },
      { email: 'j@a' },
      { name: 'j@a' },
    ],
    ['name groups', { groups: { claim: 'g', prefix: 'p:' } }, { g: ['a', 'b'] }, { groups: ['p:a', 'p:b'] }],
    ['name one group', { groups: { claim: 'g', prefix: '' } }, { g: 'a' }, { groups: ['a'] }],
    ['need name no groups', { groups: { claim: 'g', prefix: '' } }, {}, { groups: [] }],
    [
      'name groups in an expression',
      { groups: { expression: 'claims.g.split(",")' } },
      { g: 'a,,b' },
      { groups: ['a', 'b'] },
    ],
    ['name a group in an expression', { groups: { expression: 'claims.?g.orValue("")' } }, {}, { groups: [] }],
    ['name the uid', { uid: { claim: 'u' } }, { u: '7' }, { uid: '7' }],
    ['name the uid in an expression', { uid: { expression: 'string(claims.u)' } }, { u: 7 }, { uid: '7' }],
    [
      'tell more',
      {
        extra: [
          { key: 'a.com/b', valueExpression: 'claims.x' },
          { key: 'a.com/c', valueExpression: 'claims.y' },
        ],
      },
      { x: ['1', '2'], y: '' },
      { extra: { 'a.com/b': ['1', '2'] } },
    ],
    ['name the token', {}, { jti: 't1' }, { extra: { 'authentication.kubernetes.io/credential-id': ['JTI=t1'] } }],
  ] as [string, Mappings, Claims, Partial<User>][])
    it(name, () => {
      assert.deepEqual(userOf(mappings, { sub: 's', ...claims }), {
        name: 's',
        uid: '',
        groups: [],
        extra: {},
        ...user,
      });
    });

  for (const [name, mappings, claims, message] of [
    [
      'name nobody',
      { username: { claim: 'name', prefix: '' } },
      {},
      'oidc: parse username claims "name": claim not present',
    ],
    [
      'name a number',
      sub,
      { sub: 7 },
      'oidc: parse username claims "sub": json: cannot unmarshal number into Go value of type string',
    ],
    [
      'name an address that is not verified',
      { username: { claim: 'email', prefix: '' } },
      { email: 'j@a', email_verified: false },
      'oidc: email not verified',
    ],
    [
      'say in other words whether an address is verified',
      { username: { claim: 'email', prefix: '' } },
      { email: 'j@a', email_verified: 'yes' },
      "oidc: parse 'email_verified' claim: json: cannot unmarshal string into Go value of type bool",
    ],
    [
      'name groups that are none',
      { groups: { claim: 'g', prefix: '' } },
      { g: { a: 1 } },
      'oidc: parse groups claim "g": json: cannot unmarshal object into Go value of type string',
    ],
    [
      'name a user that is no string',
      { username: { expression: 'claims.sub' } },
      { sub: true },
      'oidc: error evaluating username claim expression: username claim expression must return a string',
    ],
    [
      'name an empty user in an expression',
      { username: { expression: 'claims.sub' } },
      { sub: '' },
      'oidc: empty username via CEL expression is not allowed',
    ],
    [
      'lack what an expression reads',
      { username: { expression: 'claims.name' } },
      {},
      "oidc: error evaluating username claim expression: expression 'claims.name' resulted in error: No such key: name",
    ],
    [
      'name groups in an expression that are none',
      { groups: { expression: 'claims.g' } },
      { g: [1] },
      'oidc: error evaluating group claim expression: expression must return a string or a list of strings',
    ],
  ] as [string, Mappings, Claims, string][])
    it(`that ${name} are refused`, () => {
      assert.throws(() => userOf(mappings, { sub: 's', ...claims }), { message });
    });

  for (const [name, rules, claims, message] of [
    ['lack a claim', { claim: 'hd', requiredValue: 'a' }, {}, 'oidc: required claim hd not present in ID token'],
    [
      'have another value',
      { claim: 'hd', requiredValue: 'a' },
      { hd: 'b' },
      'oidc: required claim hd value does not match. Got = b, want = a',
    ],
    [
      'have a value of another type',
      { claim: 'hd', requiredValue: 'a' },
      { hd: 1 },
      'oidc: parse claim hd: json: cannot unmarshal number into Go value of type string',
    ],
    [
      'break a rule',
      { expression: 'claims.exp - claims.nbf <= 86400', message: 'total lifetime must not exceed a day' },
      { nbf: 0, exp: 90000 },
      "oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.nbf <= 86400' failed: total lifetime must not exceed a day",
    ],
  ] as [string, NonNullable<Configuration['claimValidationRules']>[number], Claims, string][])
    it(`that ${name} are refused`, () => {
      assert.throws(() => userOf(sub, { sub: 's', ...claims }, { claimValidationRules: [rules] }), { message });
    });

  it('may not make a user whom rules refuse', () => {
    const more = {
      claimValidationRules: [{ claim: 'hd', requiredValue: 'a' }],
      userValidationRules: [{ expression: '!user.username.startsWith("system:")', message: 'reserved' }],
    };
    assert.equal(userOf(sub, { sub: 'jane', hd: 'a' }, more).name, 'jane');
    assert.throws(() => userOf(sub, { sub: 'system:admin', hd: 'a' }, more), {
      message: `oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith("system:")' failed: reserved`,
    });
  });
});
