import { X509Certificate } from 'node:crypto';
import { hasReason } from '../../api/meta/errors.ts';
import { certificateSigningRequests } from '../../api/resources/certificates/certificate-signing-request.ts';
import { again, defineController, done } from '../framework/define-controller.ts';
import type { ReadonlyRequest } from './request-state.ts';

const hourMs = 3_600_000;
/** How long a request is kept after something happened to it. */
const keptMs = { approved: hourMs, denied: hourMs, failed: hourMs, pending: 24 * hourMs };
const checkMs = 10 * 60_000;

/** Deletes requests that are done with, forgotten, or whose certificate is over. */
export const requestCleaner = defineController({
  name: 'certificatesigningrequest-cleaner-controller',
  serviceAccount: 'certificate-controller',
  queueName: 'certificate_cleaner',
  reconciles: certificateSigningRequests,
  create: ({ client, clock, lister }) => {
    const requests = lister(certificateSigningRequests);
    return async (key, signal) => {
      const request = requests.get(key);
      if (!request) return done;
      const why = whyOver(request, clock.now());
      if (why === undefined) return again(checkMs);
      const { name, uid } = request.metadata;
      try {
        const at = { name: name! };
        await client.delete(certificateSigningRequests, at, { preconditions: { uid }, signal, cause: why });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
      return done;
    };
  },
});

/** Why nobody needs the request any more; undefined where somebody may. */
export function whyOver(request: ReadonlyRequest, nowMs: number): string | undefined {
  const { conditions = [], certificate } = request.status ?? {};
  const isOlder = (time: string | null | undefined, ms: number): boolean =>
    typeof time === 'string' && nowMs - Date.parse(time) > ms;
  const since = (type: string): string | null | undefined =>
    conditions?.find((each) => each.type === type)?.lastUpdateTime;
  if (certificate && endMs(certificate) < nowMs) return 'the certificate is over';
  if (certificate && isOlder(since('Approved'), keptMs.approved)) return 'the certificate was issued a while ago';
  if (isOlder(since('Denied'), keptMs.denied)) return 'the request was denied a while ago';
  if (isOlder(since('Failed'), keptMs.failed)) return 'the request failed a while ago';
  if (!certificate && isOlder(request.metadata.creationTimestamp, keptMs.pending))
    return 'nobody has decided for a day';
  return undefined;
}

/** When the first certificate ends, in ms since the epoch. */
function endMs(certificate: string): number {
  return new X509Certificate(Buffer.from(certificate, 'base64')).validToDate.getTime();
}
