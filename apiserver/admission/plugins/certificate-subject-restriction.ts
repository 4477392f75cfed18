import type { CertificateSigningRequest } from '../../../api/schema/generated/certificates-v1.ts';
import { groupMasters } from '../../authenticators/authenticator.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { isResource } from '../pods.ts';
import { refuse } from '../refuse.ts';

const clientSigner = 'kubernetes.io/kube-apiserver-client';

/** Nobody becomes a member of `system:masters` by a certificate they ask for. */
export function createCertificateSubjectRestriction(): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    handles: ({ operation, row, subresource }) =>
      operation === 'CREATE' &&
      subresource === '' &&
      isResource(row, 'certificates.k8s.io', 'certificatesigningrequests'),
    validate: async (request) => {
      const { spec } = request.object as unknown as CertificateSigningRequest;
      if (spec.signerName !== clientSigner) return;
      let organizations: string[];
      try {
        organizations = await organizationsOf(Buffer.from(spec.request, 'base64').toString());
      } catch (error) {
        throw refuse(request, `failed to parse CSR: ${(error as Error).message}`);
      }
      if (organizations.includes(groupMasters)) {
        throw refuse(request, `use of ${clientSigner} signer with ${groupMasters} group is not allowed`);
      }
    },
  };
}

async function organizationsOf(pem: string): Promise<string[]> {
  // Only whoever asks for such a certificate pays for the import.
  await import('reflect-metadata');
  const { Pkcs10CertificateRequest } = await import('@peculiar/x509');
  return new Pkcs10CertificateRequest(pem).subjectName.getField('O');
}
