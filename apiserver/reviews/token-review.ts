import { badRequest } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { tokenReviews } from '../../api/resources/authentication/token-review.ts';
import type { TokenReview, TokenReviewStatus } from '../../api/schema/generated/authentication-v1.ts';
import type { Review } from './review.ts';
import { userInfo } from './user-info.ts';

/** Whose token is this, and for which of these audiences is it good? */
export const tokenReview: Review = {
  row: tokenReviews as unknown as ResourceRow,
  answer: async ({ object }, { authenticator }) => {
    const { spec } = object as unknown as Partial<TokenReview>;
    if (!spec?.token) throw badRequest('token is required for TokenReview in authentication');
    const answer = await authenticator.reviewToken(spec.token, spec.audiences ?? []);
    let status: TokenReviewStatus;
    switch (answer.kind) {
      case 'user':
        status = { authenticated: true, user: userInfo(answer.user) };
        if (answer.audiences?.length) status.audiences = [...answer.audiences];
        break;
      case 'rejected':
        status = { user: {}, error: answer.reason };
        break;
      case 'none':
        status = { user: {} };
        break;
    }
    return { ...object, status } as AnyObject;
  },
};
