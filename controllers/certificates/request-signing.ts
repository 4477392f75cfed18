import { certificateSigningRequests } from '../../api/resources/certificates/certificate-signing-request.ts';
import type { CertificateSigningRequest } from '../../api/schema/generated/certificates-v1.ts';
import { readKeyPair, type KeyPair } from '../../component/certificates.ts';
import { parseSigningRequest, signRequest, type SigningRequest } from '../../component/signing-request.ts';
import { defineController, done } from '../framework/define-controller.ts';
import { whyNoKubeletClient, whyNoKubeletServing } from './kubelet-requests.ts';
import { hasCondition, requestPem, withCondition, type ReadonlyRequest } from './request-state.ts';

/** What keeps a signer from signing; undefined where nothing does. */
type SignerCheck = (asked: SigningRequest, request: ReadonlyRequest) => string | undefined;

const clientUsages = new Set(['digital signature', 'key encipherment', 'client auth']);

/** https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers */
const signers: Readonly<Record<string, SignerCheck>> = {
  'kubernetes.io/kube-apiserver-client': (_asked, { spec }) => {
    const usages = spec.usages ?? [];
    return usages.includes('client auth') && usages.every((usage) => clientUsages.has(usage))
      ? undefined
      : `invalid usage for client certificate: ${usages.find((usage) => !clientUsages.has(usage)) ?? 'client auth is missing'}`;
  },
  'kubernetes.io/kube-apiserver-client-kubelet': (asked, { spec }) => whyNoKubeletClient(asked, spec.usages ?? []),
  'kubernetes.io/kubelet-serving': (asked, { spec }) =>
    whyNoKubeletServing(asked, spec.usages ?? []) ??
    (spec.username === asked.commonName ? undefined : 'requested user is not the subject of the certificate'),
  'kubernetes.io/legacy-unknown': () => undefined,
};

/** Signs what was approved, for the signers that are Kubernetes' own; what they do not sign fails and says why. */
export const requestSigningController = defineController({
  name: 'certificatesigningrequest-signing-controller',
  serviceAccount: 'certificate-controller',
  queueName: 'certificate_signing',
  reconciles: certificateSigningRequests,
  create: (deps) => {
    const { client, lister, config } = deps;
    const requests = lister(certificateSigningRequests);

    return async (key, signal) => {
      const request = requests.get(key);
      if (!request || request.status?.certificate || !hasCondition(request, 'Approved')) return done;
      if (hasCondition(request, 'Denied') || hasCondition(request, 'Failed')) return done;
      const check = Object.hasOwn(signers, request.spec.signerName) ? signers[request.spec.signerName] : undefined;
      const authority = check && (await readAuthority(config));
      if (!authority) return done;
      let signed: CertificateSigningRequest;
      try {
        const asked = await parseSigningRequest(requestPem(request));
        const why = check(asked, request);
        if (why !== undefined) throw new Error(why);
        const certificate = await signRequest(
          authority,
          requestPem(request),
          { usages: request.spec.usages ?? [], lifetimeMs: lifetimeMs(request, config.clusterSigningDurationMs) },
          deps,
        );
        signed = structuredClone(request) as CertificateSigningRequest;
        signed.status = { ...signed.status, certificate: Buffer.from(certificate).toString('base64') };
      } catch (error) {
        const message = (error as Error).message;
        signed = withCondition(request, { type: 'Failed', reason: 'SignerValidationFailure', message });
      }
      await client.update(certificateSigningRequests, signed, { subresource: 'status', signal });
      return done;
    };
  },
});

/** Read each time: the files may have been renewed. */
async function readAuthority(config: {
  readonly clusterSigningCertFile: string;
  readonly clusterSigningKeyFile: string;
}): Promise<KeyPair | undefined> {
  const { clusterSigningCertFile: certificateFile, clusterSigningKeyFile: keyFile } = config;
  if (!certificateFile || !keyFile) return undefined;
  const authority = await readKeyPair({ certificateFile, keyFile });
  if (!authority) throw new Error(`no authority to sign with at ${certificateFile} and ${keyFile}`);
  return authority;
}

const minLifetimeMs = 10 * 60_000;

/** What was asked for, but no longer than the signer's own limit and no shorter than ten minutes. */
function lifetimeMs({ spec }: ReadonlyRequest, longestMs: number): number {
  if (spec.expirationSeconds === undefined) return longestMs;
  return Math.min(Math.max(spec.expirationSeconds * 1000, minLifetimeMs), longestMs);
}
