import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';

type VerbHandler = (deps: RestDeps, request: RestRequest) => Promise<ApiResponse>;

/** A resource of which nothing is stored: each verb it has is answered by itself. */
export interface VirtualResource {
  readonly row: ResourceRow;
  readonly verbs: Readonly<Record<string, VerbHandler>>;
}
