import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { ApiRequest } from '../request.ts';
import type { RequestInfo } from '../stages/request-info.ts';

/** A request that has passed authentication and authorization and is about a resource that is served. */
export interface RestRequest {
  readonly http: ApiRequest;
  readonly info: RequestInfo;
  readonly user: User;
  /** The resource as addressed; what it is stored as may be another version. */
  readonly row: ResourceRow;
  readonly namespace: string;
  readonly name: string;
  /** Texts for `Warning` headers; the answer carries them in this order, each once. */
  readonly warnings: string[];
}

export interface ObjectAddress {
  readonly namespace: string;
  readonly name: string;
}
