import type { AnyObject } from '../../api/meta/object.ts';
import { validateNamespaceFinalizers } from '../../api/resources/core/namespace.ts';
import type { Namespace } from '../../api/schema/generated/core-v1.ts';
import { handleUpdate } from '../rest/update.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { keepAllButStatus, type UpdateStrategy } from '../rest/update-strategy.ts';
import type { Subresource } from './subresource.ts';

/** `namespaces/NAME/finalize`: takes `spec.finalizers` and nothing else; the last one to go takes the object along. */
export const finalizeSubresource: Subresource = {
  name: 'finalize',
  handle: (deps, request) => {
    if (request.http.method !== 'PUT') throw methodNotAllowed();
    return handleUpdate(deps, request, { strategy: finalizeStrategy });
  },
};

const finalizeStrategy: UpdateStrategy = {
  subresource: 'finalize',
  allowsCreate: false,
  prepare: (next, old) => {
    const finalizers = (next['spec'] as { finalizers?: string[] } | undefined)?.finalizers;
    keepAllButStatus(next, old);
    if (old['status'] === undefined) delete next['status'];
    else next['status'] = old['status'];
    next['spec'] = { ...(old['spec'] as object), finalizers } satisfies AnyObject['spec'];
  },
  validate: (next) => validateNamespaceFinalizers(next as Namespace, (index) => `spec.finalizers[${index}]`),
  resetFields: [['status']],
};
