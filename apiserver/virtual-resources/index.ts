import { bindings } from '../../api/resources/core/binding.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { handleReview } from '../reviews/handle-review.ts';
import { reviews } from '../reviews/index.ts';
import { handleBinding } from '../subresources/binding.ts';
import { componentStatusVerbs } from './component-statuses.ts';
import type { VirtualResource } from './virtual-resource.ts';

/** Every virtual resource. */
const virtualResources: readonly VirtualResource[] = [
  { row: bindings as unknown as ResourceRow, verbs: { create: handleBinding } },
  componentStatusVerbs,
  ...reviews.map((review) => ({
    row: review.row,
    verbs: { create: (deps: RestDeps, request: RestRequest) => handleReview(deps, request, review) },
  })),
];

/** What answers for a kind that is not stored; undefined for all others. */
export function virtualResourceOf(row: ResourceRow): VirtualResource | undefined {
  return row.storagePrefix === undefined ? virtualResources.find((entry) => entry.row === row) : undefined;
}
