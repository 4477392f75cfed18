import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as names from './names.ts';

type Check = (text: string) => string[];

describe('names', () => {
  const cases: readonly (readonly [
    name: string,
    check: Check,
    good: readonly string[],
    bad: Readonly<Record<string, string | RegExp>>,
  ])[] = [
    [
      'DNS-1123 label',
      names.isDns1123Label,
      ['a', '0', 'my-name', 'a'.repeat(63)],
      {
        '': "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        A: /^a lowercase RFC 1123 label/,
        'a.b': 'must not contain dots',
        'a-': /^a lowercase/,
        'a\n': /^a lowercase/,
        ['a'.repeat(64)]: 'must be no more than 63 characters',
      },
    ],
    [
      'DNS-1123 subdomain',
      names.isDns1123Subdomain,
      ['a', 'a.b-c.d', 'a'.repeat(253)],
      { 'a..b': /^a lowercase RFC 1123 subdomain/, ['a'.repeat(254)]: 'must be no more than 253 characters' },
    ],
    ['DNS-1035 label', names.isDns1035Label, ['abc-1'], { '1a': /^a DNS-1035 label/ }],
    ['wildcard', names.isWildcardDns1123Subdomain, ['*.a.b'], { '*': /^a wildcard DNS-1123/, 'a.b': /^a wildcard/ }],
    [
      'qualified name',
      names.isQualifiedName,
      ['a', 'A_b.c', 'example.com/a'],
      {
        'a/b/c':
          /^a valid label key must consist .* with an optional DNS subdomain prefix and '\/' \(e.g. 'example.com\/MyName'\)$/,
        '/a': 'prefix part must be non-empty',
        'A/b': /^prefix part a lowercase RFC 1123 subdomain/,
        ['x'.repeat(64)]: 'name part must be no more than 63 bytes',
        '-a': /^name part must consist of alphanumeric/,
      },
    ],
    [
      'label value',
      names.isValidLabelValue,
      ['', 'a', 'A.b_c-1'],
      { '-a': /^a valid label must be an empty string or consist/, ['x'.repeat(64)]: 'must be no more than 63 bytes' },
    ],
    [
      'config map key',
      names.isConfigMapKey,
      ['a', '.a', 'A-b_c.d'],
      {
        'a b': /^a valid config key/,
        '.': "must not be '.'",
        '..': "must not be '..'",
        '..a': "must not start with '..'",
      },
    ],
    ['C identifier', names.isCIdentifier, ['_a1'], { '1a': /^a valid C identifier must start with/ }],
    [
      'environment variable',
      names.isEnvVarName,
      ['A', 'a.b-c d', '1'],
      { 'a=b': /printable ASCII characters other than '='$/, é: /^a valid environment/ },
    ],
    [
      'port name',
      names.isValidPortName,
      ['http', 'a-1'],
      {
        'http-too-long-name': 'must be no more than 15 characters',
        'A-b': 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        '80': 'must contain at least one letter (a-z)',
        'a--b': 'must not contain consecutive hyphens',
        'a-': 'must not begin or end with a hyphen',
      },
    ],
    ['percent', names.isValidPercent, ['0%', '150%'], { '5': /^a valid percent string/, '-1%': /^a valid/ }],
    ['HTTP header', names.isHttpHeaderName, ['X-A'], { 'a b': /^a valid HTTP header/ }],
    [
      'IP',
      names.isValidIp,
      ['10.0.0.1', '::1'],
      { '10.0.0': names.invalidIp, 'fe80::1%eth0': names.invalidIp, '': names.invalidIp },
    ],
    [
      'path segment',
      names.isValidPathSegmentName,
      ['system:a'],
      { '.': "may not be '.'", 'a/b': "may not contain '/'", 'a%': "may not contain '%'" },
    ],
    [
      'beginning of a path segment',
      (name: string) => names.nameIsPathSegment(name, true),
      ['.', '..', 'system:'],
      { 'a/': "may not contain '/'", '%': "may not contain '%'" },
    ],
    [
      'fully qualified name',
      names.isFullyQualifiedName,
      ['a.b.c'],
      { 'a.b': /^should be a domain with at least three segments/ },
    ],
    [
      'domain-prefixed path',
      names.isDomainPrefixedPath,
      ['a.io/foo'],
      { foo: 'must be a domain-prefixed path (such as "acme.io/foo")' },
    ],
  ];
  for (const [what, check, good, bad] of cases) {
    it(`knows a ${what}`, () => {
      for (const text of good) assert.deepEqual(check(text), [], text);
      for (const [text, message] of Object.entries(bad)) {
        const found = check(text);
        assert.ok(
          found.some((f) => (typeof message === 'string' ? f === message : message.test(f))),
          `${JSON.stringify(text)}: ${JSON.stringify(found)}`,
        );
      }
    });
  }

  it('knows ports, users and families of addresses', () => {
    assert.deepEqual(names.isValidPortNumber(0), ['must be between 1 and 65535, inclusive']);
    assert.deepEqual(names.isValidPortNumber(65535), []);
    assert.deepEqual(names.isValidUserId(-1), ['must be between 0 and 2147483647, inclusive']);
    assert.equal(names.ipFamilyOf('::ffff:1.2.3.4'), 6);
    assert.equal(names.ipFamilyOf('x'), 0);
  });

  it('lets a generated name end in a dash', () => {
    assert.deepEqual(names.nameIsDnsSubdomain('web-', true), []);
    assert.notDeepEqual(names.nameIsDnsSubdomain('web-', false), []);
    assert.deepEqual(names.nameIsDnsLabel('web-', true), []);
  });
});
