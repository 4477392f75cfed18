import { notFound } from '../../../api/meta/errors.ts';
import type { DeepReadonly } from '../../../api/meta/object.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import type { Namespace } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { refuse } from '../refuse.ts';

const immortalNamespaces = new Set(['default', 'kube-system', 'kube-public']);
/** How long after a delete the cache is not believed when it says that a namespace is alive. */
const distrustMs = 30_000;
const accessReviews = new Set(['localsubjectaccessreviews']);

/** Nothing is made in a namespace that is missing or terminating; the system's own namespaces stay. */
export function createNamespaceLifecycle(deps: AdmissionDeps): AdmissionPlugin {
  const { cache, clock } = deps;
  const deletedUntil = new Map<string, number>();
  const noteDelete = (name: string): void => {
    const now = clock.now();
    for (const [known, until] of deletedUntil) if (until <= now) deletedUntil.delete(known);
    deletedUntil.set(name, now + distrustMs);
  };

  return {
    name: 'NamespaceLifecycle',
    handles: ({ operation, row }) => {
      if (isNamespaces(row)) return operation === 'DELETE';
      return (
        row.scope === 'Namespaced' &&
        (operation === 'CREATE' || operation === 'UPDATE') &&
        !accessReviews.has(row.plural)
      );
    },
    admit: (request) => {
      const { row, namespace: name } = request;
      if (isNamespaces(row)) {
        if (immortalNamespaces.has(request.name)) throw refuse(request, 'this namespace may not be deleted');
        if (request.name) noteDelete(request.name);
        return undefined;
      }
      if (!name) return undefined;
      const known = cache.get(namespaces, { name });
      const isDoubtful = known?.status?.phase !== 'Terminating' && deletedUntil.has(name);
      if (known && !isDoubtful) return refuseTerminating(request, known);
      return cache.getNewest(namespaces, { name }).then((newest) => {
        if (!newest) throw notFound(namespaces, name);
        refuseTerminating(request, newest);
      });
    },
  };
}

function refuseTerminating(request: AdmissionRequest, { status }: DeepReadonly<Namespace>): void {
  const { operation, namespace } = request;
  if (operation !== 'CREATE' || status?.phase !== 'Terminating') return;
  const message = `namespace ${namespace} is being terminated`;
  throw refuse(request, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' },
  ]);
}

function isNamespaces(row: { readonly group: string; readonly plural: string }): boolean {
  return row.group === '' && row.plural === 'namespaces';
}
