import type { Review } from './review.ts';
import { selfSubjectReview } from './self-subject-review.ts';
import { selfSubjectRulesReview } from './self-subject-rules-review.ts';
import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from './subject-access-review.ts';
import { tokenReview } from './token-review.ts';

/** Every review that is served. */
export const reviews: readonly Review[] = [
  tokenReview,
  selfSubjectReview,
  subjectAccessReview,
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
];
