import type { SelfSubjectRulesReview } from '../../schema/generated/authorization-v1.ts';
import { defineResource } from '../define-resource.ts';

export const selfSubjectRulesReviews = defineResource<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  scope: 'Cluster',
  verbs: ['create'],
  typeName: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  columns: [],
});
