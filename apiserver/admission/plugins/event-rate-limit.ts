import { ApiError } from '../../../api/meta/errors.ts';
import type { Event } from '../../../api/schema/generated/core-v1.ts';
import type { Event as EventV1 } from '../../../api/schema/generated/events-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { createTokenBuckets, type TokenBuckets } from '../token-buckets.ts';
import { isResource } from '../pods.ts';

/** `eventratelimit.admission.k8s.io/v1alpha1` Limit. */
interface Limit {
  readonly type: keyof typeof keys;
  readonly qps: number;
  readonly burst: number;
  readonly cacheSize?: number;
}

/** Events that share a limit have the same key. */
const keys = {
  Server: () => '',
  Namespace: ({ namespace }: AdmissionRequest) => namespace,
  User: ({ user }: AdmissionRequest) => user.name,
  SourceAndObject: ({ object }: AdmissionRequest) => {
    const { source, deprecatedSource, involvedObject, regarding } = object as unknown as Event & EventV1;
    const [by, about] = [source ?? deprecatedSource, involvedObject ?? regarding];
    const parts = [about?.kind, about?.namespace, about?.name, about?.uid, about?.apiVersion];
    return [by?.component, by?.host, ...parts].map((part) => part ?? '').join('');
  },
} as const;

const defaultCacheSize = 4096;

/** Keeps a flood of events from drowning the server. Limits nothing where no limits are configured. */
export function createEventRateLimit({ configuration, clock }: AdmissionDeps): AdmissionPlugin {
  const limits = readLimits(configuration?.get('EventRateLimit')?.['limits']);
  const buckets: readonly (readonly [Limit, TokenBuckets])[] = limits.map((limit) => [
    limit,
    createTokenBuckets(
      { perSecond: limit.qps, burst: limit.burst, maxKeys: limit.cacheSize || defaultCacheSize },
      clock,
    ),
  ]);
  return {
    name: 'EventRateLimit',
    handles: ({ operation, row, subresource }) =>
      buckets.length > 0 &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      (isResource(row, '', 'events') || isResource(row, 'events.k8s.io', 'events')),
    validate: (request) => {
      if (request.dryRun) return;
      const reached = buckets.flatMap(([{ type }, limit]) => {
        const key = keys[type](request);
        return limit.take(key) ? [] : [`limit reached on type ${type} for key ${key}`];
      });
      if (!reached.length) return;
      const message = reached.length === 1 ? reached[0]! : `[${reached.join(', ')}]`;
      throw new ApiError('TooManyRequests', message);
    },
  };
}

function readLimits(configured: unknown): readonly Limit[] {
  if (configured === undefined) return [];
  if (!Array.isArray(configured)) throw new Error('limits of EventRateLimit must be a list');
  for (const { type, qps, burst } of configured as Partial<Limit>[]) {
    if (!type || !(type in keys))
      throw new Error(`limit type ${JSON.stringify(type)} of EventRateLimit is not supported`);
    if (!qps || qps < 0 || !burst || burst < 0) throw new Error('qps and burst of EventRateLimit must be positive');
  }
  return configured as Limit[];
}
