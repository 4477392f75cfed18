import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { createCertificateAuthority, issueCertificate } from '../../component/certificates.ts';
import { testDeps } from '../../test/support/api-server.ts';
import { byName, findByName, parseNamedFiles } from './named-certificates.ts';

describe('certificates for names', () => {
  for (const [text, certificateFile, keyFile, names] of [
    ['a.crt,a.key', 'a.crt', 'a.key', []],
    [' a.crt , a.key : *.foo.com , foo.com ', 'a.crt', 'a.key', ['*.foo.com', 'foo.com']],
  ] as const)
    it(`are read from ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseNamedFiles(text), { certificateFile, keyFile, names });
    });

  for (const [text, why] of [
    ['a.crt', 'expected comma separated certificate and key file paths'],
    ['a.crt,a.key,b', 'expected comma separated certificate and key file paths'],
    ['a.crt,a.key: ', 'empty names list is not allowed'],
  ])
    it(`are not read from ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseNamedFiles(text!), {
        message: `invalid argument ${JSON.stringify(text)} for "--tls-sni-cert-key" flag: ${why}`,
      });
    });

  const certificates: string[] = [];
  before(async () => {
    const deps = testDeps();
    const authority = await createCertificateAuthority({ commonName: 'ca' }, deps);
    for (const [commonName, ...dnsNames] of [
      ['a.com', 'A2.com', '*.wild.com'],
      ['not a domain', 'a2.com'],
    ] as const)
      certificates.push(
        (await issueCertificate(authority, { commonName, dnsNames, usages: ['server'] }, deps)).certificate,
      );
  });

  it('are found by given names, then by their own; the first goes first', () => {
    const [first, second] = certificates as [string, string];
    const pairs = byName([
      { id: 'implicit', names: [], certificate: first },
      { id: 'implicit later', names: [], certificate: second },
      { id: 'given', names: ['a.com', '*.deep.wild.com'], certificate: second },
      { id: 'given later', names: ['a.com', 'b.com'], certificate: second },
    ]);
    for (const [name, id] of [
      ['a.com', 'given'],
      ['A.COM', 'given'],
      ['b.com', 'given later'],
      ['a2.com', 'implicit'],
      ['x.wild.com', 'implicit'],
      ['x.deep.wild.com', 'given'],
      ['x.y.wild.com', undefined],
      ['not a domain', undefined],
      ['other.com', undefined],
    ] as const)
      assert.equal(findByName(pairs, name)?.id, id, name);
  });
});
