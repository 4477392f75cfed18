import type { ObjectMeta } from '../../../api/schema/generated/meta-v1.ts';
import type { PodSpec } from '../../../api/schema/generated/core-v1.ts';
import { baselineChecks } from './baseline-checks.ts';
import { allContainers, isSince, type Check, type Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import { restrictedChecks } from './restricted-checks.ts';

/** Everything that keeps a pod from being of the level; none where it is. */
export function violations(
  { level, minor }: LevelVersion,
  metadata: Pick<ObjectMeta, 'annotations'>,
  spec: PodSpec,
): Violation[] {
  if (level === 'privileged') return [];
  const pod = { annotations: metadata.annotations ?? {}, spec, containers: allContainers(spec), minor };
  const found: Violation[] = [];
  for (const { check } of checksOf({ level, minor })) {
    const violation = check(pod);
    if (violation) found.push(violation);
  }
  return found;
}

/** A release or two are asked for again and again. */
const knownChecks = new Map<string, readonly Check[]>();
const maxKnown = 100;

function checksOf({ level, minor }: LevelVersion): readonly Check[] {
  const key = `${level} ${minor}`;
  let checks = knownChecks.get(key);
  if (checks) return checks;
  const restricted = level === 'restricted' ? restrictedChecks.filter((c) => isSince({ minor }, c.sinceMinor)) : [];
  const replaced = new Set(restricted.flatMap(({ replaces = [] }) => replaces));
  const baseline = baselineChecks.filter((c) => isSince({ minor }, c.sinceMinor) && !replaced.has(c.id));
  checks = [...baseline, ...restricted];
  if (knownChecks.size < maxKnown) knownChecks.set(key, checks);
  return checks;
}

/** `privileged (container "c" must not …), host namespaces (hostPID=true)`. */
export function describeViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
}
