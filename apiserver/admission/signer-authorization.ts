import type { AdmissionDeps, AdmissionRequest } from './admission.ts';

/** May the user approve, sign or attest for this signer, by its own name or as one of its domain (`example.com/*`)? */
export async function maySign(
  verb: 'approve' | 'sign' | 'attest',
  signerName: string,
  { user }: AdmissionRequest,
  { authorizer }: AdmissionDeps,
): Promise<boolean> {
  const slash = signerName.indexOf('/');
  const names = [signerName, ...(slash >= 0 ? [`${signerName.slice(0, slash)}/*`] : [])];
  for (const name of names) {
    const decision = await authorizer.authorize({
      user,
      verb,
      path: '',
      isResource: true,
      group: 'certificates.k8s.io',
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
    });
    if (decision.kind === 'allow') return true;
  }
  return false;
}
