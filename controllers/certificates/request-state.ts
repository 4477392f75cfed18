import type { DeepReadonly } from '../../api/meta/object.ts';
import type { CertificateSigningRequest } from '../../api/schema/generated/certificates-v1.ts';

export type ReadonlyRequest = DeepReadonly<CertificateSigningRequest>;

/** True where somebody has set the condition: `Approved`, `Denied` or `Failed`. */
export function hasCondition(request: ReadonlyRequest, type: 'Approved' | 'Denied' | 'Failed'): boolean {
  return request.status?.conditions?.some((condition) => condition.type === type) ?? false;
}

/** The PKCS #10 request in PEM. */
export function requestPem(request: ReadonlyRequest): string {
  return Buffer.from(request.spec.request, 'base64').toString('latin1');
}

/** A copy with one more condition, as it holds from now on; the server stamps it with the time. */
export function withCondition(
  request: ReadonlyRequest,
  condition: { readonly type: string; readonly reason: string; readonly message: string },
): CertificateSigningRequest {
  const copy = structuredClone(request) as CertificateSigningRequest;
  copy.status = { ...copy.status, conditions: [...(copy.status?.conditions ?? []), { ...condition, status: 'True' }] };
  return copy;
}
