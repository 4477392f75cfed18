import type { DeepReadonly } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import { clusterRoleBindings } from '../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../api/resources/rbac/role-binding.ts';
import { roles } from '../../api/resources/rbac/role.ts';
import type { Role, RoleBinding, RoleRef, Subject } from '../../api/schema/generated/rbac-v1.ts';
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
  readonly role: RoleCell;
  /** The same for all subjects of a binding. */
  readonly binding: { readonly subjects: number };
  /** Where among these the subject stands. */
  readonly place: number;
  /** Made once, since most requests end in one. */
  readonly allowed: Decision;
}

/** The rules of a role as of now; none at all where it does not exist. Grants hold on to it, so that none is looked up. */
export interface RoleCell {
  rules?: readonly Rule[];
  /** Grants that hold on to it. */
  grants: number;
}

/**
 * What RBAC knows, filed by who it is about, and kept up to date with the cache. Looking up costs a map access for the
 * user and one for each of its groups, however many bindings there are.
 */
export interface RbacIndex {
  /** Grants in the whole cluster, then those of the namespace (none where it is empty). */
  grants(user: User, namespace: string): readonly Grant[];
}

type Binding = DeepReadonly<RoleBinding>;

/**
 * May be made before the cache has loaded, and follows it for as long as that lives. Grants of one subject in one
 * namespace stand by the names of their bindings, in whatever order those were made.
 */
export function createRbacIndex(cache: CacheReader): RbacIndex {
  const cells = createRoleCells(cache);
  /** By namespace ('' is the cluster), then by subject. */
  const bySubject = new Map<string, Map<string, Grant[]>>();

  const add = (binding: Binding): void => {
    const namespace = binding.metadata.namespace ?? '';
    const grants = bySubject.get(namespace) ?? new Map<string, Grant[]>();
    bySubject.set(namespace, grants);
    for (const [subject, grant] of grantsOf(binding, cells)) {
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
    for (const subject of subjectKeys(binding).keys()) {
      const [rest, gone] = partition(
        grants.get(subject) ?? [],
        ({ bindingName }) => bindingName !== binding.metadata.name,
      );
      for (const grant of gone) cells.release(grant);
      if (rest.length) grants.set(subject, rest);
      else grants.delete(subject);
    }
    if (grants.size === 0) bySubject.delete(namespace);
  };

  const follow = (ref: ResourceRef<RoleBinding>): void => {
    cache.onChange(ref, ({ current, previous }) => {
      if (previous) remove(previous);
      // Loaded objects are told of once, but may have been listed below before.
      if (current && !previous) remove(current);
      if (current) add(current);
    });
    for (const binding of cache.list(ref)) add(binding);
  };
  follow(clusterRoleBindings as ResourceRef<RoleBinding>);
  follow(roleBindings);

  const append = (found: Grant[], subjects: readonly string[], namespace: string): void => {
    const grants = bySubject.get(namespace);
    if (!grants) return;
    for (const subject of subjects) {
      const own = grants.get(subject);
      if (own) for (const grant of own) found.push(grant);
    }
  };
  /** Who sends many requests is one object while the authenticator remembers the credential. */
  const known = new WeakMap<User, readonly string[]>();
  const subjectsOf = (user: User): readonly string[] => {
    let subjects = known.get(user);
    if (!subjects) known.set(user, (subjects = [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)]));
    return subjects;
  };
  return {
    grants: (user, namespace) => {
      const found: Grant[] = [];
      const subjects = subjectsOf(user);
      append(found, subjects, '');
      if (namespace) append(found, subjects, namespace);
      return found;
    },
  };
}

interface RoleCells {
  hold(namespace: string, roleRef: DeepReadonly<RoleRef>): RoleCell;
  release(grant: Grant): void;
}

/** A cell for every role that exists or is bound, kept up to date with the cache. */
function createRoleCells(cache: CacheReader): RoleCells {
  const cells = new Map<string, RoleCell>();
  const cellOf = (key: string): RoleCell => {
    let cell = cells.get(key);
    if (!cell) cells.set(key, (cell = { grants: 0 }));
    return cell;
  };
  const dropUnused = (key: string): void => {
    const cell = cells.get(key);
    if (cell && !cell.rules && cell.grants === 0) cells.delete(key);
  };
  const follow = (ref: ResourceRef<Role>): void => {
    const keyOf = ({ metadata }: DeepReadonly<Role>): string => `${metadata.namespace ?? ''}/${metadata.name}`;
    cache.onChange(ref, ({ current, previous }) => {
      if (current) {
        cellOf(keyOf(current)).rules = current.rules ?? [];
      } else if (previous) {
        cellOf(keyOf(previous)).rules = undefined;
        dropUnused(keyOf(previous));
      }
    });
    for (const role of cache.list(ref)) cellOf(keyOf(role)).rules = role.rules ?? [];
  };
  follow(clusterRoles as ResourceRef<Role>);
  follow(roles);
  const keyOfRef = (namespace: string, { kind, name }: DeepReadonly<RoleRef>): string =>
    `${kind === 'Role' ? namespace : ''}/${name}`;
  return {
    hold: (namespace, roleRef) => {
      const cell = cellOf(keyOfRef(namespace, roleRef));
      cell.grants++;
      return cell;
    },
    release: ({ namespace, roleRef, role }) => {
      role.grants--;
      dropUnused(keyOfRef(namespace, roleRef));
    },
  };
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}

function grantsOf(binding: Binding, cells: RoleCells): Map<string, Grant> {
  const namespace = binding.metadata.namespace ?? '';
  const bindingName = binding.metadata.name ?? '';
  const { roleRef } = binding;
  const what = namespace
    ? `RoleBinding ${JSON.stringify(`${bindingName}/${namespace}`)}`
    : `ClusterRoleBinding ${JSON.stringify(bindingName)}`;
  const grants = new Map<string, Grant>();
  const subjects = subjectKeys(binding);
  const shared = { subjects: subjects.size };
  for (const [key, subject] of subjects) {
    const reason = `RBAC: allowed by ${what} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${describeSubject(subject, namespace)}`;
    const role = cells.hold(namespace, roleRef);
    const allowed = { kind: 'allow', reason } as const;
    grants.set(key, { namespace, bindingName, roleRef, role, binding: shared, place: grants.size, allowed });
  }
  return grants;
}

/** The subjects of a binding by what they are filed under; one that stands twice counts once. */
function subjectKeys(binding: Binding): Map<string, DeepReadonly<Subject>> {
  const keys = new Map<string, DeepReadonly<Subject>>();
  for (const subject of binding.subjects ?? []) {
    const key = subjectKey(subject, binding.metadata.namespace ?? '');
    if (key && !keys.has(key)) keys.set(key, subject);
  }
  return keys;
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

function describeSubject({ kind, name, namespace }: DeepReadonly<Subject>, bindingNamespace: string): string {
  return kind === 'ServiceAccount'
    ? `${kind} ${JSON.stringify(`${name}/${namespace || bindingNamespace}`)}`
    : `${kind} ${JSON.stringify(name)}`;
}
