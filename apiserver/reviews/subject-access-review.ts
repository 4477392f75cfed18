import { ApiError, invalid } from '../../api/meta/errors.ts';
import { invalidValue, type FieldError } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { localSubjectAccessReviews } from '../../api/resources/authorization/local-subject-access-review.ts';
import { selfSubjectAccessReviews } from '../../api/resources/authorization/self-subject-access-review.ts';
import { subjectAccessReviews } from '../../api/resources/authorization/subject-access-review.ts';
import type {
  NonResourceAttributes,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from '../../api/schema/generated/authorization-v1.ts';
import { createUser, type User } from '../authenticators/authenticator.ts';
import type { Attributes, Decision } from '../authorizers/authorizer.ts';
import { fieldSelectorText, labelSelectorText, validateSelectors, type SelectorText } from './review-selectors.ts';
import type { Review, ReviewDeps } from './review.ts';

/** May this user do that? */
export const subjectAccessReview: Review = {
  row: subjectAccessReviews as unknown as ResourceRow,
  answer: ({ object }, deps) => {
    const spec = specOf(object);
    refuse([...validateAttributes(spec), ...validateSubject(spec), ...validateMetadata(object, 'must be empty')]);
    return decide(object, spec, subjectOf(spec), deps);
  },
};

/** May this user do that in this namespace? */
export const localSubjectAccessReview: Review = {
  row: localSubjectAccessReviews as unknown as ResourceRow,
  answer: ({ object, namespace }, deps) => {
    const spec = specOf(object);
    const { resourceAttributes, nonResourceAttributes } = spec;
    const errors = [
      ...validateAttributes(spec),
      ...validateSubject(spec),
      ...validateMetadata(object, 'must be empty except for namespace'),
    ];
    if (resourceAttributes && (resourceAttributes.namespace ?? '') !== namespace) {
      const field = 'spec.resourceAttributes.namespace';
      errors.push(invalidValue(field, resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
    }
    if (nonResourceAttributes) {
      const value = goNonResource(nonResourceAttributes);
      errors.push(invalidValue('spec.nonResourceAttributes', value, 'disallowed on this kind of request'));
    }
    refuse(errors);
    return decide(object, spec, subjectOf(spec), deps);
  },
};

/** May I do that? */
export const selfSubjectAccessReview: Review = {
  row: selfSubjectAccessReviews as unknown as ResourceRow,
  answer: ({ object, user }, deps) => {
    const spec = specOf(object);
    refuse([...validateAttributes(spec), ...validateMetadata(object, 'must be empty')]);
    return decide(object, spec, user, deps);
  },
};

function specOf(object: AnyObject): SubjectAccessReviewSpec {
  return (object['spec'] ?? {}) as SubjectAccessReviewSpec;
}

function subjectOf({ user = '', groups = [], uid = '', extra = {} }: SubjectAccessReviewSpec): User {
  const lowered = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key.toLowerCase(), values]));
  return createUser({ name: user, groups, uid, extra: lowered });
}

async function decide(
  object: AnyObject,
  spec: SubjectAccessReviewSpec,
  user: User,
  { authorizer }: ReviewDeps,
): Promise<AnyObject> {
  const { attributes, ignored } = attributesOf(spec, user);
  const decision = await authorizer.authorize(attributes);
  const status = statusOf(decision);
  const errors = decision.error ? [decision.error, ...ignored] : ignored;
  if (errors.length) status.evaluationError = errors.join('; ');
  return { ...object, spec, status };
}

function statusOf({ kind, reason }: Decision): SubjectAccessReviewStatus {
  return {
    allowed: kind === 'allow',
    ...(kind === 'deny' ? { denied: true } : {}),
    ...(reason ? { reason } : {}),
  };
}

/** What is asked, and the selectors that make no sense: without them less is allowed, never more. */
function attributesOf(spec: SubjectAccessReviewSpec, user: User): { attributes: Attributes; ignored: string[] } {
  const { resourceAttributes: asked, nonResourceAttributes } = spec;
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  if (!asked) {
    const { path = '', verb = '' } = nonResourceAttributes ?? {};
    return { attributes: { ...none, user, verb, path, isResource: false }, ignored: [] };
  }
  const fieldSelector = fieldSelectorText(asked.fieldSelector);
  const labelSelector = labelSelectorText(asked.labelSelector);
  const ignored = [...complaint('fieldSelector', fieldSelector), ...complaint('labelSelector', labelSelector)];
  const attributes = {
    user,
    verb: asked.verb ?? '',
    path: '',
    isResource: true,
    group: asked.group ?? '',
    version: asked.version || '*',
    resource: asked.resource ?? '',
    subresource: asked.subresource ?? '',
    namespace: asked.namespace ?? '',
    name: asked.name ?? '',
    ...(fieldSelector.text ? { fieldSelector: fieldSelector.text } : {}),
    ...(labelSelector.text ? { labelSelector: labelSelector.text } : {}),
  };
  return { attributes, ignored };
}

function complaint(selector: string, { ignored }: SelectorText): string[] {
  if (!ignored) return [];
  const how = ignored === 'part' ? 'partially ignored' : 'ignored';
  return [`spec.resourceAttributes.${selector} ${how} due to parse error`];
}

function validateAttributes({ resourceAttributes, nonResourceAttributes }: SubjectAccessReviewSpec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const value = goNonResource(nonResourceAttributes);
    return [
      invalidValue('spec.nonResourceAttributes', value, 'cannot be specified in combination with resourceAttributes'),
      ...validateSelectors(resourceAttributes),
    ];
  }
  if (resourceAttributes) return validateSelectors(resourceAttributes);
  if (nonResourceAttributes) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidValue('spec.resourceAttributes', null, why)];
}

function validateSubject({ user, groups }: SubjectAccessReviewSpec): FieldError[] {
  if (user || groups?.length) return [];
  return [invalidValue('spec.user', '', 'at least one of user or group must be specified')];
}

function validateMetadata({ metadata }: AnyObject, why: string): FieldError[] {
  const { namespace: _namespace, managedFields, ...rest } = metadata;
  if (Object.values(rest).every((value) => value === undefined)) return [];
  return [invalidValue('metadata', { ...rest, ...(managedFields ? { managedFields } : {}) }, why)];
}

/** As upstream's error prints it: its internal type has no lower-case names. */
function goNonResource({ path = '', verb = '' }: NonResourceAttributes): unknown {
  return { Path: path, Verb: verb };
}

/** Upstream leaves the kind out of this error. */
function refuse(errors: readonly FieldError[]): void {
  if (!errors.length) return;
  const error = invalid({ group: 'authorization.k8s.io', kind: '' }, '', errors);
  const { kind: _, ...details } = error.details ?? {};
  throw new ApiError('Invalid', error.message, { details });
}
