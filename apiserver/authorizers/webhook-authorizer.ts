import { hash } from 'node:crypto';
import { parseFieldSelector } from '../../api/meta/field-selector.ts';
import { parseLabelSelector, type LabelOperator } from '../../api/meta/label-selector.ts';
import type {
  ResourceAttributes,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from '../../api/schema/generated/authorization-v1.ts';
import { hasReason } from '../../api/meta/errors.ts';
import type { Deps } from '../../component/deps.ts';
import { counter, histogram } from '../../component/metrics.ts';
import { createAnswerCache } from '../webhooks/answer-cache.ts';
import { ReviewTimeout, type ReviewWebhook } from '../webhooks/review-webhook.ts';
import type { AuthorizerChain } from './authorizer-chain.ts';
import type { Attributes, Decision } from './authorizer.ts';

/** The versions of SubjectAccessReview that a webhook may speak. */
export const subjectAccessReviewVersions = ['v1', 'v1beta1'] as const;
export const failurePolicies = ['NoOpinion', 'Deny'] as const;

export interface WebhookAuthorizerOptions {
  /** Tells several webhooks apart in the log. */
  readonly name: string;
  readonly version: (typeof subjectAccessReviewVersions)[number];
  /** How long an answer is believed, in ms; 0 asks each time. */
  readonly authorizedTtlMs: number;
  readonly unauthorizedTtlMs: number;
  /** What is decided where the webhook, or a condition, fails. */
  readonly failurePolicy: (typeof failurePolicies)[number];
  /** Is the webhook to be asked about this? Throws where that cannot be told. All are asked about where it is absent. */
  readonly matches?: (spec: SubjectAccessReviewSpec) => boolean;
}

const maxKept = 8192;
/** What a client makes up may fill no cache. */
const maxKeptLength = 10_000;

/** Asks a webhook by SubjectAccessReview who may do what. Its rules cannot be listed. */
export function createWebhookAuthorizer(
  options: WebhookAuthorizerOptions,
  webhook: Pick<ReviewWebhook, 'ask'>,
  deps: Pick<Deps, 'clock' | 'log' | 'metrics'>,
): AuthorizerChain {
  const { name, version, matches } = options;
  const metrics = createMetrics(deps);
  const answers = createAnswerCache<SubjectAccessReviewStatus>(
    { keepMs: ({ allowed }) => (allowed ? options.authorizedTtlMs : options.unauthorizedTtlMs), maxEntries: maxKept },
    deps,
  );
  const failed = (error: unknown): Decision => ({
    kind: options.failurePolicy === 'Deny' ? 'deny' : 'noOpinion',
    reason: '',
    error: error instanceof Error ? error.message : String(error),
  });
  const ask = async (spec: SubjectAccessReviewSpec): Promise<SubjectAccessReviewStatus> => {
    const review = {
      apiVersion: `authorization.k8s.io/${version}`,
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: version === 'v1' ? spec : olderSpec(spec),
      status: { allowed: false },
    };
    const startMs = deps.clock.monotonicMs();
    let result = 'error';
    try {
      const { status } = await webhook.ask<Partial<SubjectAccessReview>>(review);
      result = 'success';
      return status ?? { allowed: false };
    } catch (error) {
      if (error instanceof ReviewTimeout || hasReason(error, 'Timeout')) result = 'timeout';
      if (options.failurePolicy === 'NoOpinion') metrics.failOpen.inc({ name, result });
      throw error;
    } finally {
      metrics.evaluations.inc({ name, result });
      metrics.duration.observe({ name, result }, (deps.clock.monotonicMs() - startMs) / 1000);
    }
  };

  return {
    name: 'Webhook',
    authorize: async (attributes) => {
      const spec = accessReviewSpec(attributes);
      try {
        if (matches && !matches(spec)) return { kind: 'noOpinion', reason: '' };
      } catch (error) {
        return failed(error);
      }
      try {
        const key = hash('sha256', JSON.stringify(spec), 'base64');
        return decisionOf(await (mayKeep(attributes) ? answers.get(key, () => ask(spec)) : ask(spec)));
      } catch (error) {
        const decision = failed(error);
        deps.log.error('failed to make webhook authorizer request', { authorizer: name, reason: decision.error });
        return decision;
      }
    },
    rulesFor: () => ({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    }),
  };
}

/** Upstream's metrics of webhooks by their name; `result` is success, timeout or error. */
function createMetrics({ metrics }: Pick<Deps, 'metrics'>) {
  const labelNames = ['name', 'result'] as const;
  return {
    evaluations: counter(metrics, {
      name: 'apiserver_authorization_webhook_evaluations_total',
      help: 'Round-trips to authorization webhooks.',
      labelNames,
    }),
    duration: histogram(metrics, {
      name: 'apiserver_authorization_webhook_duration_seconds',
      help: 'Request latency in seconds.',
      labelNames,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    failOpen: counter(metrics, {
      name: 'apiserver_authorization_webhook_evaluations_fail_open_total',
      help: 'NoOpinion results due to webhook timeout or error.',
      labelNames,
    }),
  };
}

function decisionOf({ allowed, denied, reason = '' }: SubjectAccessReviewStatus): Decision {
  if (denied && allowed)
    return { kind: 'deny', reason, error: 'webhook subject access review returned both allow and deny response' };
  return { kind: denied ? 'deny' : allowed ? 'allow' : 'noOpinion', reason };
}

function mayKeep({ namespace, verb, group, version, resource, subresource, name, path }: Attributes): boolean {
  return [namespace, verb, group, version, resource, subresource, name, path].join('').length < maxKeptLength;
}

/** What is asked, as the API has it; what is empty is left out. Selectors that make no sense are left out too. */
export function accessReviewSpec(attributes: Attributes): SubjectAccessReviewSpec {
  const { user, isResource, path, verb } = attributes;
  return {
    ...(isResource
      ? { resourceAttributes: resourceAttributes(attributes) }
      : { nonResourceAttributes: { ...(path ? { path } : {}), ...(verb ? { verb } : {}) } }),
    ...(user.name ? { user: user.name } : {}),
    ...(user.groups.length ? { groups: [...user.groups] } : {}),
    ...(Object.keys(user.extra).length
      ? { extra: Object.fromEntries(Object.entries(user.extra).map(([key, values]) => [key, [...values]])) }
      : {}),
    ...(user.uid ? { uid: user.uid } : {}),
  };
}

function resourceAttributes(attributes: Attributes): ResourceAttributes {
  const { namespace, verb, group, version, resource, subresource, name } = attributes;
  const texts = Object.entries({ namespace, verb, group, version, resource, subresource, name });
  const found: ResourceAttributes = Object.fromEntries(texts.filter(([, text]) => text));
  const fields = requirementsOf(() =>
    parseFieldSelector(attributes.fieldSelector ?? '').requirements.map(({ field, operator, value }) => ({
      key: field,
      operator: operator === '=' ? 'In' : 'NotIn',
      values: [value],
    })),
  );
  if (fields.length) found.fieldSelector = { requirements: fields };
  const labels = requirementsOf(() =>
    parseLabelSelector(attributes.labelSelector ?? '').requirements.flatMap(({ key, operator, values }) => {
      const op = labelOperators[operator];
      return op ? [{ key, operator: op, ...(values.length ? { values: [...values] } : {}) }] : [];
    }),
  );
  if (labels.length) found.labelSelector = { requirements: labels };
  return found;
}

/** Comparisons have no word in the API. Without them more is asked for, so that less is allowed. */
const labelOperators: Partial<Record<LabelOperator, string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

function requirementsOf<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

/** `groups` was called otherwise. */
function olderSpec({ groups, ...spec }: SubjectAccessReviewSpec): object {
  return groups ? { ...spec, group: groups } : spec;
}
