import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { approvalSubresource } from './approval.ts';
import { bindingSubresource } from './binding.ts';
import { attachSubresource, execSubresource, portForwardSubresource } from './connect.ts';
import { ephemeralContainersSubresource } from './ephemeral-containers.ts';
import { evictionSubresource } from './eviction.ts';
import { finalizeSubresource } from './finalize.ts';
import { logSubresource } from './log.ts';
import { proxySubresource } from './proxy.ts';
import { resizeSubresource } from './resize.ts';
import { scaleSubresource } from './scale.ts';
import { statusSubresource } from './status.ts';
import type { Subresource } from './subresource.ts';
import { tokenSubresource } from './token.ts';

/** Every subresource. The first whose name and row fit answers. */
export const subresources: readonly Subresource[] = [
  statusSubresource,
  scaleSubresource,
  bindingSubresource,
  evictionSubresource,
  ephemeralContainersSubresource,
  resizeSubresource,
  finalizeSubresource,
  approvalSubresource,
  tokenSubresource,
  logSubresource,
  execSubresource,
  attachSubresource,
  portForwardSubresource,
  proxySubresource,
];

/** What answers for the subresource of the kind; undefined where the kind does not have it or nobody serves it. */
export function subresourceOf(
  row: ResourceRow,
  name: string,
): ((deps: RestDeps, request: RestRequest) => Promise<ApiResponse>) | undefined {
  if (row.subresources[name] === undefined) return undefined;
  const found = subresources.find((entry) => entry.name === name && (!entry.serves || entry.serves(row)));
  return found && ((deps, request) => found.handle(deps, request));
}
