import { ApiError, badRequest, forbidden, notFound } from '../../api/meta/errors.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { roles } from '../../api/resources/rbac/role.ts';
import type { ClusterRole, RoleBinding, RoleRef } from '../../api/schema/generated/rbac-v1.ts';
import { isDeepStrictEqual } from 'node:util';
import { groupMasters } from '../authenticators/authenticator.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission/admission.ts';
import { compactRules, countOfParts, describeRule, uncoveredRules, type Rule } from './rbac-rules.ts';

const group = 'rbac.authorization.k8s.io';
/** Far beyond any role that is used for something. */
const maxParts = 100_000;
const everything: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody grants what they do not hold: rules written to a role, and the rules of a role that is bound, must be the
 * writer's own, unless the writer may `escalate` or `bind` that role. Is no plugin of upstream's but part of its storage,
 * and so cannot be switched off.
 */
export function createRbacEscalation(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: ({ operation, row }) => row.group === group && (operation === 'CREATE' || operation === 'UPDATE'),
    admit: async (request) => {
      if (request.user.groups.includes(groupMasters)) return;
      if (request.row.plural === 'roles' || request.row.plural === 'clusterroles') await checkRole(request, deps);
      else await checkBinding(request, deps);
    },
  };
}

async function checkRole(request: AdmissionRequest, deps: AdmissionDeps): Promise<void> {
  const role = request.object as unknown as ClusterRole;
  const old = request.oldObject as unknown as ClusterRole | undefined;
  if (old && isSame(role.rules ?? [], old.rules ?? []) && isSame(role.aggregationRule, old.aggregationRule)) {
    if (isOnlyGarbageCollected(role, old)) return;
  }
  // Upstream asks about the path of the request, which names nothing on a create.
  const asked = { plural: request.row.plural, name: request.operation === 'CREATE' ? '' : request.name };
  if (await mayUse('escalate', request, deps, asked)) return;
  confirmHolds(request, deps, role.rules ?? []);
  const aggregates = [role, old].some((each) => each?.aggregationRule?.clusterRoleSelectors?.length);
  if (aggregates && uncoveredRules(held(request, deps), everything).length) {
    throw refuse(request, 'must have cluster-admin privileges to use the aggregationRule');
  }
}

async function checkBinding(request: AdmissionRequest, deps: AdmissionDeps): Promise<void> {
  const binding = request.object as unknown as RoleBinding;
  const old = request.oldObject as unknown as RoleBinding | undefined;
  if (old && isSame(binding.roleRef, old.roleRef) && isSame(binding.subjects ?? [], old.subjects ?? [])) {
    if (isOnlyGarbageCollected(binding, old)) return;
  }
  const { roleRef } = binding;
  if (roleRef.kind !== 'Role' && roleRef.kind !== 'ClusterRole') {
    // Upstream looks for the role before validation could say so better.
    throw new ApiError('Unknown', `unsupported role reference kind: ${JSON.stringify(roleRef.kind)}`);
  }
  const bound = { plural: roleRef.kind === 'Role' ? 'roles' : 'clusterroles', name: roleRef.name };
  if (await mayUse('bind', request, deps, bound)) return;
  // Upstream reads the role like any client, who must say a namespace.
  if (roleRef.kind === 'Role' && !request.namespace) throw badRequest('Namespace parameter required.');
  const role = roleOf(request.namespace, roleRef, deps);
  if (!role) throw notFound(request.row, roleRef.name);
  confirmHolds(request, deps, role.rules ?? []);
}

function roleOf(
  namespace: string,
  { kind, name }: RoleRef,
  { cache }: AdmissionDeps,
): { readonly rules?: readonly Rule[] } | undefined {
  return kind === 'Role' ? cache.get(roles, { namespace, name }) : cache.get(clusterRoles, { name });
}

async function mayUse(
  verb: 'escalate' | 'bind',
  { user, namespace }: AdmissionRequest,
  { authorizer }: AdmissionDeps,
  role: { readonly plural: string; readonly name: string },
): Promise<boolean> {
  const decision = await authorizer.authorize({
    user,
    verb,
    path: '',
    isResource: true,
    group,
    version: 'v1',
    resource: role.plural,
    subresource: '',
    namespace,
    name: role.name,
  });
  return decision.kind === 'allow';
}

/** By the object's own name; one whose name is yet to be made up has none here. */
function refuse({ row, object }: AdmissionRequest, why: string): Error {
  return forbidden(row, object?.metadata.name ?? '', why);
}

function held({ user, namespace }: AdmissionRequest, { authorizer }: AdmissionDeps): readonly Rule[] {
  const { resourceRules, nonResourceRules } = authorizer.rulesFor(user, namespace);
  return [...resourceRules, ...nonResourceRules];
}

function confirmHolds(request: AdmissionRequest, deps: AdmissionDeps, rules: readonly Rule[]): void {
  // A small body may spell out more than there is memory for.
  if (countOfParts(rules) > maxParts) {
    if (!uncoveredRules(held(request, deps), everything).length) return;
    throw refuse(request, 'the rules grant too much to be compared with what is held');
  }
  const missing = uncoveredRules(held(request, deps), rules);
  if (!missing.length) return;
  const { name, groups } = request.user;
  const texts = [...new Set(compactRules(missing).map(describeRule))].sort();
  const groupList = `[${groups.map((each) => JSON.stringify(each)).join(' ')}]`;
  const { evaluationError } = deps.authorizer.rulesFor(request.user, request.namespace);
  throw refuse(
    request,
    `user ${JSON.stringify(name)} (groups=${groupList}) is attempting to grant RBAC permissions not currently held:\n${texts.join('\n')}` +
      (evaluationError ? `; resolution errors: [${evaluationError}]` : ''),
  );
}

function isSame(next: unknown, old: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(next ?? null)), JSON.parse(JSON.stringify(old ?? null)));
}

/** The garbage collector, which holds few rights, takes owners and finalizers away and changes nothing else. */
function isOnlyGarbageCollected(next: Pick<ClusterRole, 'metadata'>, old: Pick<ClusterRole, 'metadata'>): boolean {
  const rest = ({ metadata }: Pick<ClusterRole, 'metadata'>): unknown => {
    const { ownerReferences: _o, finalizers: _f, managedFields: _m, resourceVersion: _r, ...kept } = metadata;
    return kept;
  };
  return isSame(rest(next), rest(old));
}
