import type { ObjectMeta } from '../../../api/schema/generated/meta-v1.ts';
import type { PodSpec } from '../../../api/schema/generated/core-v1.ts';
import { baselineChecks } from './baseline-checks.ts';
import { allContainers, hasContexts, isSince, type Check, type Violation } from './check.ts';
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
  const contexts = hasContexts(pod);
  for (const { check, sinceMinor, replacedBy, onlyOfContexts } of checksOf[level]) {
    if (onlyOfContexts && !contexts) continue;
    if (!isSince(pod, sinceMinor) || replacedBy.some((stricter) => isSince(pod, stricter.sinceMinor))) continue;
    const violation = check(pod);
    if (violation) found.push(violation);
  }
  return found;
}

/** Those of all releases, in the order in which they are told; a baseline check gives way to the stricter ones that replace it. */
const checksOf = {
  baseline: baselineChecks.map((check) => ({ ...check, replacedBy: [] as readonly Check[] })),
  restricted: [
    ...baselineChecks.map((check) => ({
      ...check,
      replacedBy: restrictedChecks.filter((c) => c.replaces?.includes(check.id)),
    })),
    ...restrictedChecks.map((check) => ({ ...check, replacedBy: [] as readonly Check[] })),
  ],
};

/** `privileged (container "c" must not …), host namespaces (hostPID=true)`. */
export function describeViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
}
