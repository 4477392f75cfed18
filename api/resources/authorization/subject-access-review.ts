import type { SubjectAccessReview, SubjectAccessReviewStatus } from '../../schema/generated/authorization-v1.ts';
import { defineResource } from '../define-resource.ts';

export const subjectAccessReviews = defineResource<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  scope: 'Cluster',
  verbs: ['create'],
  typeName: 'io.k8s.api.authorization.v1.SubjectAccessReview',
  setDefaults: setReviewDefaults,
  columns: [],
});

function setReviewDefaults(review: SubjectAccessReview): void {
  review.spec ??= {};
  (review.status ??= {} as SubjectAccessReviewStatus).allowed ??= false;
}
