import { badRequest } from '../../api/meta/errors.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { selfSubjectRulesReviews } from '../../api/resources/authorization/self-subject-rules-review.ts';
import type { SelfSubjectRulesReview } from '../../api/schema/generated/authorization-v1.ts';
import type { Review } from './review.ts';

/** What may I do in this namespace? */
export const selfSubjectRulesReview: Review = {
  row: selfSubjectRulesReviews as unknown as ResourceRow,
  answer: ({ object, user }, { authorizer }) => {
    const namespace = (object as unknown as Partial<SelfSubjectRulesReview>).spec?.namespace;
    if (!namespace) throw badRequest('no namespace on request');
    const { resourceRules, nonResourceRules, incomplete, evaluationError } = authorizer.rulesFor(user, namespace);
    return {
      kind: object.kind,
      apiVersion: object.apiVersion,
      metadata: {},
      spec: {},
      status: { resourceRules, nonResourceRules, incomplete, ...(evaluationError ? { evaluationError } : {}) },
    };
  },
};
