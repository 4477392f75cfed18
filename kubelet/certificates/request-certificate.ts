import { certificateSigningRequests } from '../../api/resources/certificates/certificate-signing-request.ts';
import type { Client } from '../../client/client.ts';
import { createRetry } from '../../client/retry.ts';
import type { KeyPair } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import { createSigningRequest } from '../../component/signing-request.ts';

const signerName = 'kubernetes.io/kube-apiserver-client-kubelet';
/** A decision may need a person; after so long somebody has to be asked again. */
const patienceMs = 15 * 60_000;

/**
 * A new key and the certificate for it that the cluster gives this node, once the request is approved. Rejects where it
 * is denied or fails, or when nobody has decided for a quarter of an hour.
 */
export async function requestClientCertificate(
  given: { readonly client: Client; readonly nodeName: string },
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
  signal: AbortSignal,
): Promise<KeyPair> {
  const { client } = given;
  const { clock, log } = deps;
  const { request, privateKey } = await createSigningRequest({
    commonName: `system:node:${given.nodeName}`,
    organizations: ['system:nodes'],
  });
  const { metadata } = await client.create(
    certificateSigningRequests,
    {
      metadata: { name: `node-csr-${deps.random.uuid()}` },
      spec: {
        request: Buffer.from(request).toString('base64'),
        signerName,
        usages: ['digital signature', 'client auth'],
      },
    },
    { signal },
  );
  const name = metadata.name!;
  log.info('waiting for the certificate to be approved and issued', { request: name });
  const untilMs = clock.monotonicMs() + patienceMs;
  const retry = createRetry({ initialMs: 500, maxMs: 10_000 }, deps);
  while (clock.monotonicMs() < untilMs) {
    signal.throwIfAborted();
    try {
      for await (const event of client.watch(
        certificateSigningRequests,
        {},
        // Begins with the request as it is.
        {
          fieldSelector: `metadata.name=${name}`,
          timeoutSeconds: Math.ceil((untilMs - clock.monotonicMs()) / 1000),
          signal,
        },
      )) {
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'DELETED') throw new RefusedError(`certificate request ${name} was deleted`);
        const { conditions = [], certificate } = event.object.status ?? {};
        const refusal = conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
        if (refusal) {
          const { type, reason, message } = refusal;
          throw new RefusedError(`certificate request ${name} ${type === 'Denied' ? 'was denied' : 'failed'}: ${reason}: ${message}`); // prettier-ignore
        }
        if (certificate) return { certificate: Buffer.from(certificate, 'base64').toString('utf8'), privateKey };
      }
      retry.reset();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RefusedError) throw error;
      await retry.after(error, 'certificate request not seen, trying again', signal);
    }
  }
  throw new Error(`nobody has decided on certificate request ${name}`);
}

class RefusedError extends Error {}
