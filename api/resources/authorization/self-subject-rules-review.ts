import type { SelfSubjectRulesReview, SubjectRulesReviewStatus } from '../../schema/generated/authorization-v1.ts';
import { defineResource } from '../define-resource.ts';

export const selfSubjectRulesReviews = defineResource<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  scope: 'Cluster',
  verbs: ['create'],
  typeName: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  setDefaults: setReviewDefaults,
  columns: [],
});

function setReviewDefaults(review: SelfSubjectRulesReview): void {
  review.spec ??= {};
  (review.status ??= {} as SubjectRulesReviewStatus).incomplete ??= false;
}
