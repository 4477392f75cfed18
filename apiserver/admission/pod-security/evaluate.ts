import type { ObjectMeta } from '../../../api/schema/generated/meta-v1.ts';
import type { PodSpec } from '../../../api/schema/generated/core-v1.ts';
import { baselineChecks } from './baseline-checks.ts';
import { isSince, type Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import { restrictedChecks } from './restricted-checks.ts';

/** Everything that keeps a pod from being of the level; none where it is. */
export function violations(
  { level, minor }: LevelVersion,
  metadata: Pick<ObjectMeta, 'annotations'>,
  spec: PodSpec,
): Violation[] {
  if (level === 'privileged') return [];
  const restricted = level === 'restricted' ? restrictedChecks.filter((c) => isSince({ minor }, c.sinceMinor)) : [];
  const replaced = new Set(restricted.flatMap(({ replaces = [] }) => replaces));
  const baseline = baselineChecks.filter((c) => isSince({ minor }, c.sinceMinor) && !replaced.has(c.id));
  const pod = { annotations: metadata.annotations ?? {}, spec, minor };
  return [...baseline, ...restricted].flatMap((check) => check.check(pod) ?? []);
}

/** `privileged (container "c" must not …), host namespaces (hostPID=true)`. */
export function describeViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
}
