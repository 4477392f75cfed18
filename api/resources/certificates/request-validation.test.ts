import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CertificateSigningRequest } from '../../schema/generated/certificates-v1.ts';
import { certificateSigningRequests } from './certificate-signing-request.ts';
import { validateRequestApproval, validateRequestStatusUpdate, validateRequestUpdate } from './request-validation.ts';

describe('changes of certificate requests', () => {
  /** With conditions such as `Approved`, `Denied:reason`. */
  const request = (...conditions: readonly string[]): CertificateSigningRequest => ({
    metadata: { name: 'mine' },
    spec: { request: '', signerName: 'example.com/one', usages: ['client auth'] },
    status: {
      conditions: conditions.map((text) => {
        const [type = '', reason] = text.split(':');
        return { type, status: 'True', reason };
      }),
    },
  });
  const validators = {
    main: validateRequestUpdate,
    approval: validateRequestApproval,
    status: validateRequestStatusUpdate,
  } as const;
  const cases: readonly (readonly [
    through: keyof typeof validators,
    before: readonly string[],
    after: readonly string[],
    why?: string,
  ])[] = [
    ['approval', [], ['Approved']],
    ['approval', [], ['Denied']],
    ['approval', [], ['Failed']],
    ['approval', ['Approved'], ['Approved:because']],
    ['approval', ['Approved'], [], 'updates may not remove a condition of type "Approved"'],
    ['approval', ['Failed'], [], 'updates may not remove a condition of type "Failed"'],
    ['approval', ['Approved'], ['Approved', 'Denied'], 'Approved and Denied conditions are mutually exclusive'],
    ['approval', [], ['Approved', 'Approved'], 'Duplicate value'],
    ['status', [], ['Failed']],
    ['status', ['Approved'], ['Approved', 'Other']],
    ['status', [], ['Approved'], 'updates may not add a condition of type "Approved"'],
    ['status', ['Denied'], [], 'updates may not remove a condition of type "Denied"'],
    ['main', [], ['Denied'], 'updates may not add a condition of type "Denied"'],
  ];
  for (const [through, before, after, why] of cases)
    it(`${through}: [${before.join()}] to [${after.join()}] is ${why ? 'refused' : 'taken'}`, () => {
      const errors = validators[through](request(...after), request(...before));
      if (why === undefined) assert.deepEqual(errors, []);
      else assert.ok(errors.length === 1 && errors[0]!.detailMessage().includes(why), JSON.stringify(errors));
    });

  it('status: leaves who decided as it was, and stamps the rest', () => {
    const [next, old] = [request('Approved:because', 'Failed'), request('Approved')];
    old.status!.conditions![0]!.lastUpdateTime = '2026-01-01T00:00:00Z';
    certificateSigningRequests.prepareForStatusUpdate!(next, old, { nowMs: Date.UTC(2026, 5, 1) });
    const [approved, failed] = next.status!.conditions!;
    assert.deepEqual(approved, { ...old.status!.conditions![0], lastTransitionTime: '2026-06-01T00:00:00Z' });
    assert.equal(failed!.lastUpdateTime, '2026-06-01T00:00:00Z');
  });
});
