import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';

/** A line of the registry: something below an object's path. */
export interface Subresource {
  readonly name: string;
  /** Which resources; all that list the name where nothing is said. */
  readonly serves?: (row: ResourceRow) => boolean;
  /** Answers every method of the path; throws ApiError MethodNotAllowed for those it has not. */
  handle(deps: RestDeps, request: RestRequest): Promise<ApiResponse>;
}
