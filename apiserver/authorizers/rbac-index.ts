import type { DeepReadonly } from '../../api/meta/object.ts';
import { clusterRoleBindings } from '../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../api/resources/rbac/role-binding.ts';
import { roles } from '../../api/resources/rbac/role.ts';
import type { RoleRef, Subject } from '../../api/schema/generated/rbac-v1.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { Decision } from './authorizer.ts';
import type { Rule } from './rbac-rules.ts';

/** A subject of a binding and the role it gets. */
export interface Grant {
  /** Of the binding; empty for one of the whole cluster. */
  readonly namespace: string;
  readonly bindingName: string;
  readonly roleRef: DeepReadonly<RoleRef>;
  /** Made once, since most requests end in one. */
  readonly allowed: Decision;
}

/**
 * What RBAC knows, filed by who it is about, and kept up to date with the cache. Looking up costs a map access for the
 * user and one for each of its groups, however many bindings there are.
 */
export interface RbacIndex {
  /** Grants in the whole cluster, then those of the namespace (none where it is empty). */
  grants(user: User, namespace: string): Iterable<Grant>;
  /** Undefined where the role does not exist. */
  rulesOf(grant: Grant): readonly Rule[] | undefined;
}

type Binding = DeepReadonly<{
  metadata: { name?: string; namespace?: string };
  roleRef: RoleRef;
  subjects?: Subject[];
}>;

export function createRbacIndex(cache: CacheReader): RbacIndex {
  /** By namespace ('' is the cluster), then by subject. */
  const bySubject = new Map<string, Map<string, Grant[]>>();

  const add = (binding: Binding): void => {
    const namespace = binding.metadata.namespace ?? '';
    const grants = bySubject.get(namespace) ?? new Map<string, Grant[]>();
    bySubject.set(namespace, grants);
    for (const [subject, grant] of grantsOf(binding)) {
      const others = grants.get(subject) ?? [];
      // By name, so that the reason of a decision does not depend on the order in which bindings were made.
      const at = others.findIndex((other) => other.bindingName > grant.bindingName);
      grants.set(subject, at < 0 ? [...others, grant] : others.toSpliced(at, 0, grant));
    }
  };
  const remove = (binding: Binding): void => {
    const namespace = binding.metadata.namespace ?? '';
    const grants = bySubject.get(namespace);
    if (!grants) return;
    for (const subject of grantsOf(binding).keys()) {
      const rest = (grants.get(subject) ?? []).filter((grant) => grant.bindingName !== binding.metadata.name);
      if (rest.length) grants.set(subject, rest);
      else grants.delete(subject);
    }
    if (grants.size === 0) bySubject.delete(namespace);
  };

  for (const ref of [clusterRoleBindings, roleBindings] as const) {
    cache.onChange<Binding & { metadata: object }>(ref as never, ({ current, previous }) => {
      if (previous) remove(previous as Binding);
      if (current) add(current as Binding);
    });
    for (const binding of cache.list(ref as typeof roleBindings)) {
      remove(binding);
      add(binding);
    }
  }

  function* inNamespace(user: User, namespace: string): Generator<Grant> {
    const grants = bySubject.get(namespace);
    if (!grants) return;
    yield* grants.get(`User ${user.name}`) ?? [];
    for (const group of user.groups) yield* grants.get(`Group ${group}`) ?? [];
  }

  return {
    *grants(user, namespace) {
      yield* inNamespace(user, '');
      if (namespace) yield* inNamespace(user, namespace);
    },
    rulesOf({ namespace, roleRef }) {
      const role =
        roleRef.kind === 'Role'
          ? cache.get(roles, { namespace, name: roleRef.name })
          : cache.get(clusterRoles, { name: roleRef.name });
      return role && (role.rules ?? []);
    },
  };
}

function grantsOf(binding: Binding): Map<string, Grant> {
  const namespace = binding.metadata.namespace ?? '';
  const bindingName = binding.metadata.name ?? '';
  const { roleRef } = binding;
  const what = namespace
    ? `RoleBinding ${JSON.stringify(`${bindingName}/${namespace}`)}`
    : `ClusterRoleBinding ${JSON.stringify(bindingName)}`;
  const grants = new Map<string, Grant>();
  for (const subject of binding.subjects ?? []) {
    const key = subjectKey(subject, namespace);
    if (!key || grants.has(key)) continue;
    const reason = `RBAC: allowed by ${what} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${describeSubject(subject)}`;
    grants.set(key, { namespace, bindingName, roleRef, allowed: { kind: 'allow', reason } });
  }
  return grants;
}

function subjectKey(subject: DeepReadonly<Subject>, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
    case 'Group':
      return `${subject.kind} ${subject.name}`;
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace ? `User system:serviceaccount:${namespace}:${subject.name}` : undefined;
    }
    default:
      return undefined;
  }
}

function describeSubject({ kind, name, namespace }: DeepReadonly<Subject>): string {
  return kind === 'ServiceAccount'
    ? `${kind} ${JSON.stringify(`${name}/${namespace ?? ''}`)}`
    : `${kind} ${JSON.stringify(name)}`;
}
