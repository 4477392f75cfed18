import type { TokenReview } from '../../schema/generated/authentication-v1.ts';
import { defineResource } from '../define-resource.ts';

export const tokenReviews = defineResource<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  scope: 'Cluster',
  verbs: ['create'],
  typeName: 'io.k8s.api.authentication.v1.TokenReview',
  setDefaults: setReviewDefaults,
  columns: [],
});

function setReviewDefaults(review: TokenReview): void {
  review.spec ??= { token: '' };
  (review.status ??= {}).user ??= {};
}
