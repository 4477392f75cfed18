import type { AnyObject } from '../../api/meta/object.ts';
import { prepareApproval } from '../../api/resources/certificates/certificate-signing-request.ts';
import { validateRequestApproval } from '../../api/resources/certificates/request-validation.ts';
import type { CertificateSigningRequest } from '../../api/schema/generated/certificates-v1.ts';
import { handleGet } from '../rest/get.ts';
import { handlePatch } from '../rest/patch.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { handleUpdate } from '../rest/update.ts';
import type { UpdateStrategy } from '../rest/update-strategy.ts';
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

const approvalStrategy: UpdateStrategy = {
  subresource: 'approval',
  allowsCreate: false,
  prepare: (next, old, context) => prepareApproval(asRequest(next), asRequest(old), context),
  validate: (next, old) => validateRequestApproval(asRequest(next), asRequest(old)),
  resetFields: [['spec'], ['status', 'certificate']],
};

function asRequest(object: AnyObject): CertificateSigningRequest {
  return object as unknown as CertificateSigningRequest;
}
