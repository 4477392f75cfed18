import type { SelfSubjectAccessReview, SubjectAccessReviewStatus } from '../../schema/generated/authorization-v1.ts';
import { defineResource } from '../define-resource.ts';

export const selfSubjectAccessReviews = defineResource<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  scope: 'Cluster',
  verbs: ['create'],
  typeName: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  setDefaults: setReviewDefaults,
  columns: [],
});

function setReviewDefaults(review: SelfSubjectAccessReview): void {
  review.spec ??= {};
  (review.status ??= {} as SubjectAccessReviewStatus).allowed ??= false;
}
