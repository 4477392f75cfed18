import type { LocalSubjectAccessReview, SubjectAccessReviewStatus } from '../../schema/generated/authorization-v1.ts';
import { defineResource } from '../define-resource.ts';

export const localSubjectAccessReviews = defineResource<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  scope: 'Namespaced',
  verbs: ['create'],
  typeName: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  setDefaults: setReviewDefaults,
  columns: [],
});

function setReviewDefaults(review: LocalSubjectAccessReview): void {
  review.spec ??= {};
  (review.status ??= {} as SubjectAccessReviewStatus).allowed ??= false;
}
