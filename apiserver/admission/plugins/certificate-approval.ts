import type { CertificateSigningRequest } from '../../../api/schema/generated/certificates-v1.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { isResource } from '../pods.ts';
import { refuse } from '../refuse.ts';
import { maySign } from '../signer-authorization.ts';

/** Who approves a signing request must be allowed to for its signer. */
export function createCertificateApproval(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: ({ operation, row, subresource }) =>
      operation === 'UPDATE' &&
      subresource === 'approval' &&
      isResource(row, 'certificates.k8s.io', 'certificatesigningrequests'),
    validate: async (request) => {
      // The signer that it has, not one that the request would give it.
      const { signerName } = (request.oldObject as unknown as CertificateSigningRequest).spec;
      if (await maySign('approve', signerName, request, deps)) return;
      throw refuse(request, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
    },
  };
}
