import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Errors } from '../../meta/field-checks.ts';
import { validateSignerName } from './signer-name.ts';

describe('names of signers', () => {
  const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
  const label = /^s: Invalid value: "(.*)": validating label "(.*)": a lowercase RFC 1123/;
  for (const { name, errors } of [
    { name: 'a.b/c', errors: [] },
    { name: '', errors: [/^s: Required value$/] },
    { name: 'a', errors: [new RegExp(`^s: Invalid value: "a": ${form}$`)] },
    { name: 'a.b/c/d', errors: [new RegExp(`: ${form}$`)] },
    { name: 'a/b', errors: [/^s: Invalid value: "a": should be a domain with at least two segments/] },
    { name: 'A.b/c', errors: [label] },
    { name: 'a.b/c_.d', errors: [label] },
    {
      name: `a.b/${'x'.repeat(600)}`,
      errors: [/no more than 253 characters$/, /^s: Too long: may not be more than 571/],
    },
  ])
    it(`signer ${name.slice(0, 20)}`, () => {
      const found: Errors = [];
      validateSignerName(name, 's', found);
      assert.equal(found.length, errors.length, found.join('\n'));
      for (const [index, error] of errors.entries()) assert.match(String(found[index]), error);
    });
});
