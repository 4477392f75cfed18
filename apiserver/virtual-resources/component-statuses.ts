import { ApiError } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { componentStatuses } from '../../api/resources/core/component-status.ts';
import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import { withTimeLimit } from '../../component/time-limit.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import { negotiateList, negotiateObject, respondObject, respondValue } from '../rest/respond.ts';
import { tableOf } from '../rest/table.ts';
import type { VirtualResource } from './virtual-resource.ts';

const row = componentStatuses as unknown as ResourceRow;
const checkTimeoutMs = 2000;

/** What the server itself can say of the parts it stands on: the store. Others tell of themselves by leases and probes. */
export const componentStatusVerbs: VirtualResource = {
  row,
  verbs: {
    get: async (deps, request) => {
      const form = negotiateObject(deps, request);
      const found = (await statusesOf(deps)).find(({ metadata }) => metadata.name === request.name);
      if (!found) throw notFound(request.name);
      return respondObject(deps, request, form, { kind: row.kind, apiVersion: apiVersionOf(row), ...found });
    },
    list: async (deps, request) => {
      const form = negotiateList(deps, request);
      const items = await statusesOf(deps);
      if (form.as === 'Table') return respondValue(deps, form, tableOf(deps, request, items, form, {}));
      return respondValue(deps, form, { kind: `${row.kind}List`, apiVersion: apiVersionOf(row), metadata: {}, items });
    },
  },
};

/** Upstream's storage names the kind in the singular. */
function notFound(name: string): ApiError {
  return new ApiError('NotFound', `componentstatus ${JSON.stringify(name)} not found`, {
    details: { name, kind: 'componentstatus' },
  });
}

async function statusesOf({ objects, clock }: RestDeps): Promise<AnyObject[]> {
  const reason = (): Error => new Error('the store does not answer');
  let condition: Record<string, string>;
  try {
    await withTimeLimit({ clock, ms: checkTimeoutMs, reason }, (signal) => objects.cache.consistentRevision(signal));
    condition = { type: 'Healthy', status: 'True', message: 'ok' };
  } catch (error) {
    condition = { type: 'Healthy', status: 'False', error: (error as Error).message };
  }
  return [{ metadata: { name: 'etcd-0' }, conditions: [condition] }];
}
