import type { CertificateSigningRequest } from '../../schema/generated/certificates-v1.ts';
import { defineResource } from '../define-resource.ts';

export const certificateSigningRequests = defineResource<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  storagePrefix: 'certificatesigningrequests',
  storageVersionHash: '95fRKMXA+00=',
  subresources: {
    approval: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
