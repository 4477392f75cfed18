import type { SelfSubjectReview } from '../../schema/generated/authentication-v1.ts';
import { defineResource } from '../define-resource.ts';

export const selfSubjectReviews = defineResource<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  scope: 'Cluster',
  verbs: ['create'],
  typeName: 'io.k8s.api.authentication.v1.SelfSubjectReview',
  setDefaults: setReviewDefaults,
  columns: [],
});

function setReviewDefaults(review: SelfSubjectReview): void {
  (review.status ??= {}).userInfo ??= {};
}
