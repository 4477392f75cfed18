import type { ObjectKey } from '../../api/meta/object.ts';
import { subjectAccessReviews } from '../../api/resources/authorization/subject-access-review.ts';
import { certificateSigningRequests } from '../../api/resources/certificates/certificate-signing-request.ts';
import { parseSigningRequest } from '../../component/signing-request.ts';
import { defineController, done } from '../framework/define-controller.ts';
import { whyNoKubeletClient } from './kubelet-requests.ts';
import { hasCondition, requestPem, withCondition, type ReadonlyRequest } from './request-state.ts';

const signerName = 'kubernetes.io/kube-apiserver-client-kubelet';

/** Approves what kubelets ask for their client certificates, where who asks may have it without anybody's look. */
export const requestApprovingController = defineController({
  name: 'certificatesigningrequest-approving-controller',
  serviceAccount: 'certificate-controller',
  queueName: 'certificate',
  reconciles: certificateSigningRequests,
  create: ({ client, lister }) => {
    const requests = lister(certificateSigningRequests);
    const mayHave = async (request: ReadonlyRequest, subresource: string, signal: AbortSignal): Promise<boolean> => {
      const { username, uid, groups, extra } = request.spec;
      const { status } = await client.create(
        subjectAccessReviews,
        {
          metadata: {},
          spec: {
            user: username,
            uid,
            groups: [...(groups ?? [])],
            extra: Object.fromEntries(Object.entries(extra ?? {}).map(([key, values]) => [key, [...values]])),
            resourceAttributes: {
              group: 'certificates.k8s.io',
              resource: 'certificatesigningrequests',
              verb: 'create',
              subresource,
              version: '*',
            },
          },
        },
        { signal },
      );
      return status?.allowed === true;
    };

    return async (key: ObjectKey, signal) => {
      const request = requests.get(key);
      if (!request || request.spec.signerName !== signerName) return done;
      if (request.status?.certificate || hasCondition(request, 'Approved') || hasCondition(request, 'Denied'))
        return done;
      const asked = await parseSigningRequest(requestPem(request)).catch(() => undefined);
      // What cannot be read is for a person to look at.
      if (!asked || whyNoKubeletClient(asked, request.spec.usages ?? []) !== undefined) return done;
      const isSelf = request.spec.username === asked.commonName;
      const ways = [
        ...(isSelf ? [{ subresource: 'selfnodeclient', message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' }] : []), // prettier-ignore
        { subresource: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
      ];
      for (const { subresource, message } of ways) {
        if (!(await mayHave(request, subresource, signal))) continue;
        const approved = withCondition(request, { type: 'Approved', reason: 'AutoApproved', message });
        await client.update(certificateSigningRequests, approved, { subresource: 'approval', signal });
        return done;
      }
      // Rights may come later: asked again with back-off.
      throw new Error(`recognized csr "${key}" as ${ways.map((way) => way.subresource).join(', ')} but subject access review was not approved`); // prettier-ignore
    };
  },
});
