import { hasReason } from '../../../api/meta/errors.ts';
import type { KubeObject } from '../../../api/meta/object.ts';
import type { ResourceRef } from '../../../api/resources/define-resource.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { clusterRoleBindings } from '../../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../../api/resources/rbac/role-binding.ts';
import { roles } from '../../../api/resources/rbac/role.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '../../../api/schema/generated/rbac-v1.ts';
import type { Client } from '../../../client/client.ts';
import type { Deps } from '../../../component/deps.ts';
import { uncoveredRules } from '../rbac-rules.ts';
import { clusterRoleBindingTable, roleBindingTable } from './bindings.ts';
import type { BootstrapBinding, BootstrapRole } from './bootstrap-role.ts';
import { clusterRoleTable } from './cluster-roles.ts';
import { namespacedRoleTable } from './namespaced-roles.ts';

const group = 'rbac.authorization.k8s.io';
const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';
/** Enough to fill a round trip to etcd, few enough to leave the server to others. */
const concurrentWrites = 16;

/**
 * Brings the roles and bindings of upstream's bootstrap policy into being, and adds to those that are there what they
 * lack (rules, subjects, labels), unless annotated `rbac.authorization.kubernetes.io/autoupdate: "false"`. Takes nothing
 * away. Idempotent; several servers may do it at once. Resolves when all is there; throws what the API answers otherwise.
 */
export async function reconcileBootstrapPolicy(
  client: Client,
  deps: Pick<Deps, 'log'>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    reconcileAll(client, clusterRoles, clusterRoleTable.map(clusterRole), lacksOfRole, signal),
    reconcileAll(client, clusterRoleBindings, clusterRoleBindingTable.map(clusterRoleBinding), lacksOfBinding, signal),
    reconcileAll(client, roles, namespacedRoleTable.map(role), lacksOfRole, signal),
    reconcileAll(client, roleBindings, roleBindingTable.map(roleBinding), lacksOfBinding, signal),
  ]);
  deps.log.debug('bootstrap policy reconciled');
}

async function reconcileAll<T extends KubeObject>(
  client: Client,
  ref: ResourceRef<T>,
  wanted: readonly T[],
  lacks: (found: T, wanted: T) => Partial<T> | undefined,
  signal: AbortSignal,
): Promise<void> {
  const keyOf = ({ metadata }: T): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  // A list that is behind the store does no harm: a write tells so.
  const known = await client.list(ref, {}, { resourceVersion: '0', signal });
  const found = new Map(known.items.map((object) => [keyOf(object), object]));
  await eachAtMost(concurrentWrites, wanted, async (object) => {
    for (let current = found.get(keyOf(object)); ;) {
      try {
        if (!current) {
          await client.create(ref, object, { signal });
        } else {
          const next = merged(current, object, lacks);
          if (next) await client.update(ref, next, { signal });
        }
        return;
      } catch (error) {
        const { name, namespace } = object.metadata;
        if (namespace && !current && hasReason(error, 'NotFound')) {
          await ensureNamespace(client, namespace, signal);
          continue;
        }
        if (!hasReason(error, 'AlreadyExists', 'Conflict')) throw error;
        current = await client.get(ref, { namespace, name: name! }, { signal });
      }
    }
  });
}

async function ensureNamespace(client: Client, name: string, signal: AbortSignal): Promise<void> {
  await client.create(namespaces, { metadata: { name } }, { signal }).catch((error: unknown) => {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  });
}

/** The object with what it lacks, or undefined where it lacks nothing or does not want to be kept up. */
function merged<T extends KubeObject>(
  found: T,
  wanted: T,
  lacks: (found: T, wanted: T) => Partial<T> | undefined,
): T | undefined {
  if (found.metadata.annotations?.[autoupdate] === 'false') return undefined;
  const labels = { ...wanted.metadata.labels, ...found.metadata.labels };
  const annotations = { ...wanted.metadata.annotations, ...found.metadata.annotations };
  const metadataComplete =
    Object.keys(labels).length === Object.keys(found.metadata.labels ?? {}).length &&
    Object.keys(annotations).length === Object.keys(found.metadata.annotations ?? {}).length;
  const more = lacks(found, wanted);
  if (metadataComplete && !more) return undefined;
  return { ...found, ...more, metadata: { ...found.metadata, labels, annotations } };
}

function lacksOfRole<T extends Role & Pick<ClusterRole, 'aggregationRule'>>(
  found: T,
  wanted: T,
): Partial<T> | undefined {
  if (wanted.aggregationRule) {
    // Its rules are the aggregation controller's.
    return found.aggregationRule ? undefined : ({ aggregationRule: wanted.aggregationRule } as Partial<T>);
  }
  const missing = uncoveredRules(found.rules ?? [], wanted.rules ?? []);
  return missing.length ? ({ rules: [...(found.rules ?? []), ...(missing as PolicyRule[])] } as Partial<T>) : undefined;
}

function lacksOfBinding<T extends RoleBinding>(found: T, wanted: T): Partial<T> | undefined {
  const key = (s: Subject): string => [s.kind, s.apiGroup, s.namespace, s.name].join('\n');
  const held = new Set((found.subjects ?? []).map(key));
  const missing = (wanted.subjects ?? []).filter((subject) => !held.has(key(subject)));
  return missing.length ? ({ subjects: [...(found.subjects ?? []), ...missing] } as Partial<T>) : undefined;
}

function metadataOf({ name, namespace, aggregatesTo }: Partial<BootstrapRole>): KubeObject['metadata'] {
  return {
    name,
    ...(namespace ? { namespace } : {}),
    labels: {
      'kubernetes.io/bootstrapping': 'rbac-defaults',
      ...(aggregatesTo ? { [`${group}/aggregate-to-${aggregatesTo}`]: 'true' } : {}),
    },
    annotations: { [autoupdate]: 'true' },
  };
}

function role(entry: BootstrapRole): Role {
  return { apiVersion: `${group}/v1`, kind: 'Role', metadata: metadataOf(entry), rules: [...entry.rules] };
}

function clusterRole(entry: BootstrapRole): ClusterRole {
  const object = { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: metadataOf(entry) };
  if (!entry.aggregates) return { ...object, rules: [...entry.rules] };
  const matchLabels = { [`${group}/aggregate-to-${entry.aggregates}`]: 'true' };
  return { ...object, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
}

function roleBinding(entry: BootstrapBinding): RoleBinding {
  return {
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: metadataOf(entry),
    ...(entry.subjects.length ? { subjects: [...entry.subjects] } : {}),
    roleRef: { apiGroup: group, kind: entry.namespace ? 'Role' : 'ClusterRole', name: entry.role ?? entry.name },
  };
}

function clusterRoleBinding(entry: BootstrapBinding): ClusterRoleBinding {
  return { ...roleBinding(entry), kind: 'ClusterRoleBinding' };
}

async function eachAtMost<T>(limit: number, items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const iterator = items.values();
  const worker = async (): Promise<void> => {
    for (const item of iterator) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
