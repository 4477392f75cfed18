import { jsonEqual } from '../../../api/meta/equality.ts';
import type { CertificateSigningRequest } from '../../../api/schema/generated/certificates-v1.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { isResource } from '../pods.ts';
import { refuse } from '../refuse.ts';
import { maySign } from '../signer-authorization.ts';

/** Who puts a certificate or a condition into a signing request must be allowed to sign as its signer. */
export function createCertificateSigning(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: ({ operation, row, subresource }) =>
      operation === 'UPDATE' &&
      subresource === 'status' &&
      isResource(row, 'certificates.k8s.io', 'certificatesigningrequests'),
    validate: async (request) => {
      const [next, old] = [request.object, request.oldObject] as unknown as CertificateSigningRequest[];
      const isSame =
        next!.status?.certificate === old!.status?.certificate &&
        jsonEqual(next!.status?.conditions ?? [], old!.status?.conditions ?? []);
      const { signerName } = old!.spec;
      if (isSame || (await maySign('sign', signerName, request, deps))) return;
      throw refuse(request, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
    },
  };
}
