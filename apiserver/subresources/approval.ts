import { isDeepStrictEqual } from 'node:util';
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from '../../api/meta/field-error.ts';
import type { CertificateSigningRequestCondition } from '../../api/schema/generated/certificates-v1.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { handleGet } from '../rest/get.ts';
import { handlePatch } from '../rest/patch.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { handleUpdate } from '../rest/update.ts';
import { keepAllButStatus, type UpdateStrategy } from '../rest/update-strategy.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { Subresource } from './subresource.ts';

/** `certificatesigningrequests/NAME/approval`: conditions that approve or deny, and nothing else. */
export const approvalSubresource: Subresource = {
  name: 'approval',
  handle: (deps, request) => {
    switch (request.http.method) {
      case 'GET':
        return handleGet(deps, request);
      case 'PUT':
        return handleUpdate(deps, request, { strategy: approvalStrategy });
      case 'PATCH':
        return handlePatch(deps, request, { strategy: approvalStrategy });
      default:
        throw methodNotAllowed();
    }
  },
};

type Conditions = CertificateSigningRequestCondition[];

const approvalStrategy: UpdateStrategy = {
  subresource: 'approval',
  allowsCreate: false,
  prepare: (next, old, { nowMs }) => {
    const conditions = conditionsOf(next);
    const before = conditionsOf(old);
    keepAllButStatus(next, old);
    const now = formatTime(nowMs);
    for (const condition of conditions) {
      const known = before.find(({ type }) => type === condition.type);
      condition.lastUpdateTime ??= now;
      condition.lastTransitionTime ??= known?.status === condition.status ? known.lastTransitionTime : now;
    }
    next['status'] = { ...(old['status'] as object), conditions: conditions.length ? conditions : undefined };
  },
  validate: (next, old) => validateConditions(conditionsOf(next), conditionsOf(old)),
  resetFields: [['spec'], ['status', 'certificate']],
};

function conditionsOf(object: AnyObject): Conditions {
  return (object['status'] as { conditions?: Conditions } | undefined)?.conditions ?? [];
}

function validateConditions(next: Conditions, old: Conditions): FieldError[] {
  const path = 'status.conditions';
  const errors: FieldError[] = [];
  next.forEach((condition, index) => {
    const at = `${path}[${index}]`;
    if (!condition.type) errors.push(required(`${at}.type`));
    if (
      (condition.type === 'Approved' || condition.type === 'Denied' || condition.type === 'Failed') &&
      condition.status !== 'True'
    )
      errors.push(notSupported(`${at}.status`, condition.status, ['True']));
  });
  const has = (conditions: Conditions, type: string): boolean =>
    conditions.some((condition) => condition.type === type);
  if (has(next, 'Approved') && has(next, 'Denied'))
    errors.push(invalidValue(path, 'Denied', 'Approved and Denied conditions are mutually exclusive'));
  for (const type of ['Approved', 'Denied', 'Failed']) {
    const before = old.filter((condition) => condition.type === type);
    const after = next.filter((condition) => condition.type === type);
    if (before.length && !after.length)
      errors.push(forbiddenField(path, `updates may not remove a condition of type ${JSON.stringify(type)}`));
    else if (before.length && !isDeepStrictEqual(before, after))
      errors.push(forbiddenField(path, `updates may not modify a condition of type ${JSON.stringify(type)}`));
    else if (!before.length && after.length && type === 'Failed')
      errors.push(forbiddenField(path, `updates may not add a condition of type ${JSON.stringify(type)}`));
  }
  return errors;
}
