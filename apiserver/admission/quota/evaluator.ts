import type { DeepReadonly } from '../../../api/meta/object.ts';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionRequest } from '../admission.ts';
import type { Amounts } from './resource-lists.ts';

export type Scope = DeepReadonly<ScopedResourceSelectorRequirement>;

/** How objects of one resource count against quotas. */
export interface Evaluator {
  /** Does this write change what the object uses? Creates always do. */
  handlesUpdate?(request: AdmissionRequest): boolean;
  /** Is this the name of something the evaluator measures? */
  measures(name: string): boolean;
  usage(object: unknown): Amounts;
  /** Is the object in the scope? An evaluator without scopes has objects in none. */
  matchesScope?(object: unknown, scope: Scope): boolean;
  /** What the object must say because a quota limits these resources, or undefined. */
  missing?(object: unknown, limited: readonly string[]): string | undefined;
}

/** The scopes of a quota, in the form of selectors. */
export function scopesOf({ spec }: DeepReadonly<ResourceQuota>): Scope[] {
  return [
    ...(spec?.scopes ?? []).map((scopeName): Scope => ({ scopeName, operator: 'Exists' })),
    ...(spec?.scopeSelector?.matchExpressions ?? []),
  ];
}
