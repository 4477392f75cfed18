import type { SigningRequest } from '../../component/signing-request.ts';

const nodesGroup = 'system:nodes';
const nodeUserPrefix = 'system:node:';

/** What keeps a request from being a kubelet's for a client certificate, in upstream's words; undefined where it is one. */
export function whyNoKubeletClient(request: SigningRequest, usages: readonly string[]): string | undefined {
  if (!isOnlyNodes(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (request.emailAddresses.length > 0) return 'email subjectAltNames are not allowed';
  if (request.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!request.commonName.startsWith(nodeUserPrefix)) return 'subject common name does not begin with system:node:';
  if (!areExactly(usages, 'client auth'))
    return 'usages did not match [digital signature client auth] or [digital signature key encipherment client auth]';
  return undefined;
}

/** The same for a serving certificate. */
export function whyNoKubeletServing(request: SigningRequest, usages: readonly string[]): string | undefined {
  if (!isOnlyNodes(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length + request.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (request.emailAddresses.length > 0) return 'email subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!areExactly(usages, 'server auth'))
    return 'usages did not match [digital signature server auth] or [digital signature key encipherment server auth]';
  if (!request.commonName.startsWith(nodeUserPrefix)) return 'subject common name does not begin with system:node:';
  return undefined;
}

function isOnlyNodes({ organizations }: SigningRequest): boolean {
  return organizations.length === 1 && organizations[0] === nodesGroup;
}

/** A key may be one that cannot encipher. */
function areExactly(usages: readonly string[], purpose: string): boolean {
  const rest = new Set(usages);
  rest.delete('key encipherment');
  return rest.size === 2 && rest.has('digital signature') && rest.has(purpose);
}
