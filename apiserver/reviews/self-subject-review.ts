import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { selfSubjectReviews } from '../../api/resources/authentication/self-subject-review.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { Review } from './review.ts';
import { userInfo } from './user-info.ts';

/** Who am I? */
export const selfSubjectReview: Review = {
  row: selfSubjectReviews as unknown as ResourceRow,
  answer: ({ object, user }, { clock }) => ({
    kind: object.kind,
    apiVersion: object.apiVersion,
    metadata: { creationTimestamp: formatTime(clock.now()) },
    status: { userInfo: userInfo(user) },
  }),
};
