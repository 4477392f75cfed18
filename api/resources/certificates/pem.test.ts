import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { whyNoCertificates, whyNoRequest } from './pem.ts';

const pem = (type: string, bytes: readonly number[] | string): string => {
  const body = Buffer.from(bytes as string).toString('base64');
  return Buffer.from(`-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`).toString('base64');
};
const parameters =
  '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';

describe('certificate requests that are none', () => {
  const cases: readonly (readonly [bytes: readonly number[] | string, why: string | undefined])[] = [
    [
      'garbage',
      `asn1: structure error: tags don't match (16 vs {class:1 tag:7 length:97 isCompound:true}) ${parameters} certificateRequest @2`,
    ],
    ['', 'asn1: syntax error: sequence truncated'],
    [[0x30], 'asn1: syntax error: truncated tag or length'],
    [[0x30, 0x03, 0x30], 'asn1: syntax error: data truncated'],
    [[0x30, 0x80], 'asn1: syntax error: indefinite length found (not DER)'],
    [[0x30, 0x81, 0x01, 0x00], 'asn1: structure error: non-minimal length'],
    [[0x30, 0x00], 'asn1: syntax error: sequence truncated'],
    [
      [0x30, 0x02, 0x05, 0x00],
      `asn1: structure error: tags don't match (16 vs {class:0 tag:5 length:0 isCompound:false}) ${parameters} tbsCertificateRequest @2`,
    ],
    [[0x30, 0x07, 0x30, 0, 0x30, 0, 0x03, 1, 0, 0], 'asn1: syntax error: trailing data'],
    [[0x30, 0x07, 0x30, 0, 0x30, 0, 0x03, 1, 0], undefined],
  ];
  for (const [bytes, why] of cases)
    it(`${why ?? 'is one'}`, () => assert.equal(whyNoRequest(pem('CERTIFICATE REQUEST', bytes)), why));

  it('of another PEM type', () =>
    assert.equal(whyNoRequest(pem('CERTIFICATE', [0x30, 0])), 'PEM block type must be CERTIFICATE REQUEST'));
});

it('PEM blocks whose text is no base64 are passed over', () => {
  const text = '-----BEGIN CERTIFICATE REQUEST-----\nnotbase64\n-----END CERTIFICATE REQUEST-----\n';
  assert.equal(whyNoRequest(Buffer.from(text).toString('base64')), 'PEM block type must be CERTIFICATE REQUEST');
});

describe('certificates that are none', () => {
  const cases: readonly (readonly [type: string, bytes: readonly number[] | string, why: string])[] = [
    ['CERTIFICATE', 'garbage', 'x509: malformed certificate'],
    ['CERTIFICATE', [0x30], 'x509: malformed certificate'],
    ['CERTIFICATE', [0x30, 0x02, 0x05, 0x00], 'x509: malformed tbs certificate'],
    ['CERTIFICATE', '', 'found CERTIFICATE PEM block containing 0 certificates'],
    ['FOO', [0x30, 0], 'only CERTIFICATE PEM blocks are allowed, found "FOO"'],
  ];
  for (const [type, bytes, why] of cases) it(why, () => assert.equal(whyNoCertificates(pem(type, bytes)), why));
});
