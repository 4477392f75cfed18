import { customResourceDefinitions } from '../../../api/resources/apiextensions/custom-resource-definition.ts';
import { resources } from '../../../api/resources/index.ts';
import type { OwnerReference } from '../../../api/schema/generated/meta-v1.ts';
import type { Attributes } from '../../authorizers/authorizer.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { refuse } from '../refuse.ts';

/**
 * Only who may delete an object may hand it to an owner, since that can delete it; only who may set finalizers on an owner
 * may block its deletion.
 */
export function createOwnerReferencesPermissionEnforcement(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: ({ operation, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && subresource !== 'status',
    validate: (request) => {
      const next = request.object?.metadata?.ownerReferences ?? [];
      const old = request.oldObject?.metadata?.ownerReferences ?? [];
      if (!next.length && !old.length) return undefined;
      return JSON.stringify(next) === JSON.stringify(old) ? undefined : requireRights(request, deps, next, old);
    },
  };
}

async function requireRights(
  request: AdmissionRequest,
  deps: AdmissionDeps,
  next: readonly OwnerReference[],
  old: readonly OwnerReference[],
): Promise<void> {
  if (request.operation === 'UPDATE') await requireDelete(request, deps);
  await requireFinalizers(request, deps, newlyBlocking(next, old));
}

function ask({ user, namespace }: AdmissionRequest, wanted: Partial<Attributes>): Attributes {
  const none = { path: '', isResource: true, group: '', version: '', resource: '', subresource: '', name: '' };
  return { user, namespace, verb: '', ...none, ...wanted };
}

async function requireDelete(request: AdmissionRequest, { authorizer }: AdmissionDeps): Promise<void> {
  const { group, version, plural } = request.row;
  const decision = await authorizer.authorize(
    ask(request, { verb: 'delete', group, version, resource: plural, name: request.name }),
  );
  if (decision.kind === 'allow') return;
  throw refuse(request, `cannot set an ownerRef on a resource you can't delete: ${decision.reason}, <nil>`);
}

function newlyBlocking(next: readonly OwnerReference[], old: readonly OwnerReference[]): OwnerReference[] {
  const before = new Set(old.filter((owner) => owner.blockOwnerDeletion).map(({ uid }) => uid));
  return next.filter((owner) => owner.blockOwnerDeletion && !before.has(owner.uid));
}

async function requireFinalizers(
  request: AdmissionRequest,
  deps: AdmissionDeps,
  owners: readonly OwnerReference[],
): Promise<void> {
  for (const { apiVersion, kind, name } of owners) {
    const slash = apiVersion.indexOf('/');
    const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
    const row = resourceOf(deps, group, version, kind);
    const refusal =
      "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
    if (!row) {
      throw refuse(
        request,
        `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind "${kind}" in version "${apiVersion}"`,
      );
    }
    const where = row.scope === 'Namespaced' ? {} : { namespace: '' };
    const decision = await deps.authorizer.authorize(
      ask(request, { verb: 'update', group, version, resource: row.plural, subresource: 'finalizers', name, ...where }),
    );
    if (decision.kind !== 'allow') throw refuse(request, `${refusal}: ${decision.reason}, <nil>`);
  }
}

function resourceOf(
  { cache }: AdmissionDeps,
  group: string,
  version: string,
  kind: string,
): { readonly plural: string; readonly scope: string } | undefined {
  const builtIn = resources.find((row) => row.group === group && row.version === version && row.kind === kind);
  if (builtIn) return builtIn;
  const custom = cache
    .list(customResourceDefinitions)
    .find(
      ({ spec }) => spec.group === group && spec.names.kind === kind && spec.versions.some((v) => v.name === version),
    );
  return custom && { plural: custom.spec.names.plural, scope: custom.spec.scope };
}
