import type { DeepReadonly } from '../../api/meta/object.ts';
import { canonicalQuantity, compareQuantities, milliValue } from '../../api/meta/quantity.ts';
import type { LimitRangeItem } from '../../api/schema/generated/core-v1.ts';

export interface Resources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** What of an item of a LimitRange the resources break, in upstream's words. */
export function checkLimits(
  limit: DeepReadonly<LimitRangeItem>,
  resources: Resources,
  { requestsOnly }: { readonly requestsOnly: boolean } = { requestsOnly: false },
): string[] {
  const each = (bounds: Readonly<Record<string, string>> | undefined, check: Check): string[] =>
    Object.keys(bounds ?? {})
      .sort()
      .flatMap((name) => {
        const { requests, limits } = resources;
        const sides = { request: requests[name], limit: requestsOnly ? requests[name] : limits[name] };
        return check(name, limit.type, bounds![name]!, sides) ?? [];
      });
  if (requestsOnly) return [...each(limit.min, belowRequest), ...each(limit.max, aboveRequest)];
  return [...each(limit.min, belowMin), ...each(limit.max, aboveMax), ...each(limit.maxLimitRequestRatio, aboveRatio)];
}

type Sides = { readonly request?: string; readonly limit?: string };
type Check = (name: string, type: string, bound: string, sides: Sides) => string | undefined;

const text = (quantity: string): string => canonicalQuantity(String(quantity));

const belowMin: Check = (name, type, bound, { request, limit }) => {
  const rule = `minimum ${name} usage per ${type} is ${text(bound)}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${rule}, but request is ${text(request)}`;
  if (limit !== undefined && compareQuantities(limit, bound) < 0) return `${rule}, but limit is ${text(limit)}`;
  return undefined;
};

const aboveMax: Check = (name, type, bound, { request, limit }) => {
  const rule = `maximum ${name} usage per ${type} is ${text(bound)}`;
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${rule}, but limit is ${text(limit)}`;
  if (request !== undefined && compareQuantities(request, bound) > 0) return `${rule}, but request is ${text(request)}`;
  return undefined;
};

const belowRequest: Check = (name, type, bound, { request }) => belowMin(name, type, bound, { request });

const aboveRequest: Check = (name, type, bound, { request }) => {
  const rule = `maximum ${name} usage per ${type} is ${text(bound)}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  return compareQuantities(request, bound) > 0 ? `${rule}, but request is ${text(request)}` : undefined;
};

const aboveRatio: Check = (name, type, bound, { request, limit }) => {
  const rule = `${name} max limit to request ratio per ${type} is ${text(bound)}`;
  if (request === undefined || compareQuantities(request, '0') === 0) {
    return `${rule}, but no request is specified or request is 0`;
  }
  if (limit === undefined || compareQuantities(limit, '0') === 0) {
    return `${rule}, but no limit is specified or limit is 0`;
  }
  // Milli-units as long as they fit 53 bits, which is far beyond any ratio that means something.
  const ratio = milliValue(limit) / milliValue(request);
  return ratio * 1000 > milliValue(bound) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
};
