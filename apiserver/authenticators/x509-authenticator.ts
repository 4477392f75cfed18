import { createHash, X509Certificate } from 'node:crypto';
import type { Clock } from '../../component/clock.ts';
import type { PeerCertificate } from '../request.ts';
import { createUser, type RequestAuthenticator, type User } from './authenticator.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

/** OID of the subject attribute that carries a user's uid. */
const uidAttribute = '1.3.6.1.4.1.57683.2';

/** Client certificates: the common name is the user, organizations are groups. TLS has verified the chain already. */
export function createX509Authenticator(options: {
  readonly clock: Clock;
  readonly authority: CertificateAuthority;
  /** TLS lets certificates of others in as well: then whose it is must be looked at again. */
  readonly hasOthers: boolean;
}): RequestAuthenticator {
  const { clock, authority, hasOthers } = options;
  // A connection gives the same object with each of its requests.
  const known = new WeakMap<
    PeerCertificate,
    { readonly user: User; readonly expiresMs: number; readonly isOurs: boolean; readonly version: number }
  >();
  return {
    name: 'x509',
    authenticate: ({ peerCertificate, certificateError }) => {
      if (certificateError) return { kind: 'rejected', reason: `x509: ${certificateError}` };
      if (!peerCertificate?.commonName) return { kind: 'none' };
      let found = known.get(peerCertificate);
      const { version } = authority;
      if (found?.version !== version) {
        const certificate = new X509Certificate(peerCertificate.raw);
        found = {
          user: userOf(peerCertificate, certificate),
          expiresMs: Date.parse(certificate.validTo),
          // What TLS has verified stays good until who signed it is withdrawn.
          isOurs: hasOthers ? authority.issued(certificate) : !authority.withdrew(certificate),
          version,
        };
        known.set(peerCertificate, found);
      }
      if (!found.isOurs) return { kind: 'rejected', reason: 'x509: certificate signed by unknown authority' };
      if (clock.now() > found.expiresMs) {
        return { kind: 'rejected', reason: 'x509: certificate has expired or is not yet valid' };
      }
      return { kind: 'user', user: found.user };
    },
  };
}

function userOf({ commonName, organizations, raw }: PeerCertificate, certificate: X509Certificate): User {
  const uid = certificate.subject.split('\n').find((line) => line.startsWith(`${uidAttribute}=`));
  return createUser({
    name: commonName,
    groups: organizations,
    uid: uid?.slice(uidAttribute.length + 1) ?? '',
    extra: {
      'authentication.kubernetes.io/credential-id': [`X509SHA256=${createHash('sha256').update(raw).digest('hex')}`],
    },
  });
}
