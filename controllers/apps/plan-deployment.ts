import { semanticEqual } from '../../api/meta/equality.ts';
import { scaledIntOrPercent } from '../../api/meta/intstr.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Deployment, ReplicaSet } from '../../api/schema/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../api/schema/generated/core-v1.ts';
import {
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  podTemplateHashLabel,
  revisionAnnotation,
} from './deployment-names.ts';

export type ReadonlyDeployment = DeepReadonly<Deployment>;
export type ReadonlyReplicaSet = DeepReadonly<ReplicaSet>;

/** ReplicaSets of a Deployment, told apart by template. `old` is in the order of creation. */
export interface ReplicaSets {
  /** The one with the Deployment's template; the oldest where several have it. */
  readonly current?: ReadonlyReplicaSet;
  readonly old: readonly ReadonlyReplicaSet[];
}

/** To which size a ReplicaSet is brought. */
export interface Scaling {
  readonly replicaSet: ReadonlyReplicaSet;
  readonly replicas: number;
}

/** Tells the ReplicaSet of the current template from older ones. */
export function splitReplicaSets(
  deployment: ReadonlyDeployment,
  replicaSets: readonly ReadonlyReplicaSet[],
): ReplicaSets {
  const byAge = replicaSets.toSorted(
    (a, b) =>
      Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') ||
      (a.metadata.name! < b.metadata.name! ? -1 : 1),
  );
  const current = byAge.find((replicaSet) => sameTemplate(replicaSet.spec?.template, deployment.spec?.template));
  return { current, old: byAge.filter((replicaSet) => replicaSet !== current) };
}

/** Equal but for the label with the hash. */
export function sameTemplate(
  a: DeepReadonly<PodTemplateSpec> | undefined,
  b: DeepReadonly<PodTemplateSpec> | undefined,
): boolean {
  const plain = (template: DeepReadonly<PodTemplateSpec> | undefined): unknown => {
    const { [podTemplateHashLabel]: _hash, ...labels } = template?.metadata?.labels ?? {};
    return { ...template, metadata: { ...template?.metadata, labels } };
  };
  return semanticEqual(plain(a), plain(b));
}

/** The revision that the annotation says; 0 where it says none. */
export function revisionOf(object: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}): number {
  return Number(object.metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}

/** How many pods may be there beyond, or be missing of, the number wanted. Percentages: surge rounds up, unavailable down; never both zero. */
export function rolloutLimits(deployment: ReadonlyDeployment): { maxSurge: number; maxUnavailable: number } {
  const { replicas = 1, strategy } = deployment.spec ?? {};
  if (strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = scaledIntOrPercent(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, 'up');
  const maxUnavailable = scaledIntOrPercent(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down');
  // Both may come out as zero by rounding: then nothing could ever move.
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, replicas) };
}

/** The size that it is to have. */
export const wanted = (replicaSet: ReadonlyReplicaSet): number => replicaSet.spec?.replicas ?? 1;
/** The sum over all. */
export const total = (
  replicaSets: readonly ReadonlyReplicaSet[],
  of: (replicaSet: ReadonlyReplicaSet) => number,
): number => replicaSets.reduce((sum, replicaSet) => sum + of(replicaSet), 0);
const available = (replicaSet: ReadonlyReplicaSet): number => replicaSet.status?.availableReplicas ?? 0;

/** The size of a new ReplicaSet: all that the surge leaves room for. */
export function newReplicaSetSize(deployment: ReadonlyDeployment, { current, old }: ReplicaSets): number {
  const replicas = deployment.spec?.replicas ?? 1;
  if (deployment.spec?.strategy?.type === 'Recreate') return replicas;
  const { maxSurge } = rolloutLimits(deployment);
  const now = total(old, wanted) + (current ? wanted(current) : 0);
  const room = replicas + maxSurge - now;
  const size = current ? wanted(current) : 0;
  return room <= 0 ? size : Math.min(size + room, replicas);
}

/**
 * One step of a rolling update: the new ReplicaSet grows into the surge, then old ones shrink as far as enough pods stay
 * available, those that are broken first. Scalings that change nothing are left out.
 */
export function planRollingUpdate(
  deployment: ReadonlyDeployment,
  sets: ReplicaSets & { readonly current: ReadonlyReplicaSet },
): Scaling[] {
  const replicas = deployment.spec?.replicas ?? 1;
  const { current, old } = sets;
  if (wanted(current) > replicas) return [{ replicaSet: current, replicas }];
  const grown = newReplicaSetSize(deployment, sets);
  if (grown !== wanted(current)) return [{ replicaSet: current, replicas: grown }];
  const alive = old.filter((replicaSet) => wanted(replicaSet) > 0);
  if (alive.length === 0) return [];
  const { maxUnavailable } = rolloutLimits(deployment);
  const minAvailable = replicas - maxUnavailable;
  const newUnavailable = wanted(current) - available(current);
  let maxScaledDown = total(alive, wanted) + wanted(current) - minAvailable - newUnavailable;
  if (maxScaledDown <= 0) return [];
  const sizes = new Map(alive.map((replicaSet) => [replicaSet, wanted(replicaSet)]));
  // Broken pods first: they serve nobody, and would else stop the rollout for ever.
  for (const replicaSet of alive) {
    const broken = Math.min(wanted(replicaSet) - available(replicaSet), maxScaledDown);
    if (broken <= 0) continue;
    sizes.set(replicaSet, wanted(replicaSet) - broken);
    maxScaledDown -= broken;
  }
  let spare = total([...alive, current], available) - minAvailable;
  for (const replicaSet of alive) {
    const size = sizes.get(replicaSet)!;
    const down = Math.min(size, spare);
    if (down <= 0) continue;
    sizes.set(replicaSet, size - down);
    spare -= down;
  }
  return [...sizes]
    .filter(([replicaSet, size]) => size !== wanted(replicaSet))
    .map(([replicaSet, size]) => ({ replicaSet, replicas: size }));
}

/** A Recreate rollout: old ones to nothing, and only when their pods are gone the new one to its size. */
export function planRecreate(
  deployment: ReadonlyDeployment,
  { current, old }: ReplicaSets,
  oldPodsRun: boolean,
): Scaling[] {
  const shrink = old.filter((replicaSet) => wanted(replicaSet) > 0).map((replicaSet) => ({ replicaSet, replicas: 0 }));
  if (shrink.length > 0 || oldPodsRun || !current) return shrink;
  const replicas = deployment.spec?.replicas ?? 1;
  return wanted(current) === replicas ? [] : [{ replicaSet: current, replicas }];
}

/** True where `spec.replicas` changed since the ReplicaSets were last sized: then scaling goes before rolling. */
export function isScalingEvent(deployment: ReadonlyDeployment, { current, old }: ReplicaSets): boolean {
  return [...old, ...(current ? [current] : [])]
    .filter((replicaSet) => wanted(replicaSet) > 0)
    .some((replicaSet) => {
      const desired = replicaSet.metadata.annotations?.[desiredReplicasAnnotation];
      return desired !== undefined && Number(desired) !== (deployment.spec?.replicas ?? 1);
    });
}

/**
 * Sizes after `spec.replicas` changed. One active ReplicaSet takes all; when the newest is complete the old ones go to
 * nothing; in the middle of a rollout each grows or shrinks by its share, so that the mix stays.
 */
export function planScale(deployment: ReadonlyDeployment, { current, old }: ReplicaSets): Scaling[] {
  const replicas = deployment.spec?.replicas ?? 1;
  const all = [...old, ...(current ? [current] : [])];
  const active = all.filter((replicaSet) => wanted(replicaSet) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? current ?? old.at(-1);
    return only && wanted(only) !== replicas ? [{ replicaSet: only, replicas }] : [];
  }
  if (current && isSaturated(deployment, current))
    return old.filter((replicaSet) => wanted(replicaSet) > 0).map((replicaSet) => ({ replicaSet, replicas: 0 }));
  if (deployment.spec?.strategy?.type === 'Recreate') return [];
  const allowed = replicas > 0 ? replicas + rolloutLimits(deployment).maxSurge : 0;
  const toAdd = allowed - total(active, wanted);
  // Growing begins with the newest of the largest, shrinking with the oldest of the largest.
  const age = (replicaSet: ReadonlyReplicaSet): number => Date.parse(replicaSet.metadata.creationTimestamp ?? '');
  const ordered = active.toSorted((a, b) => wanted(b) - wanted(a) || (toAdd > 0 ? age(b) - age(a) : age(a) - age(b)));
  let added = 0;
  const sizes = ordered.map((replicaSet) => {
    const share = toAdd === 0 ? 0 : shareOf(deployment, replicaSet, toAdd, added);
    added += share;
    return { replicaSet, replicas: wanted(replicaSet) + share };
  });
  const rest = toAdd - added;
  if (rest !== 0 && sizes[0]) sizes[0] = { ...sizes[0], replicas: Math.max(0, sizes[0].replicas + rest) };
  return sizes;
}

function shareOf(deployment: ReadonlyDeployment, replicaSet: ReadonlyReplicaSet, toAdd: number, added: number): number {
  if (wanted(replicaSet) === 0 || toAdd === added) return 0;
  const before = Number(
    replicaSet.metadata.annotations?.[maxReplicasAnnotation] ?? deployment.status?.replicas ?? wanted(replicaSet),
  );
  const after = (deployment.spec?.replicas ?? 1) + rolloutLimits(deployment).maxSurge;
  const share = before === 0 ? 0 : Math.round((wanted(replicaSet) * after) / before) - wanted(replicaSet);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
}

function isSaturated(deployment: ReadonlyDeployment, replicaSet: ReadonlyReplicaSet): boolean {
  const replicas = deployment.spec?.replicas ?? 1;
  return (
    wanted(replicaSet) === replicas &&
    Number(replicaSet.metadata.annotations?.[desiredReplicasAnnotation]) === replicas &&
    available(replicaSet) === replicas
  );
}

/** Old ReplicaSets beyond the history that is kept: empty ones, oldest revision first. */
export function planCleanup(deployment: ReadonlyDeployment, old: readonly ReadonlyReplicaSet[]): ReadonlyReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const empty = old.filter((replicaSet) => replicaSet.metadata.deletionTimestamp === undefined);
  const surplus = empty.length - limit;
  if (surplus <= 0) return [];
  return empty
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, surplus)
    .filter(
      (replicaSet) =>
        (replicaSet.status?.replicas ?? 0) === 0 &&
        wanted(replicaSet) === 0 &&
        (replicaSet.metadata.generation ?? 0) <= (replicaSet.status?.observedGeneration ?? 0),
    );
}
