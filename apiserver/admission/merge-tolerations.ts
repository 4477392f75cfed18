import type { Toleration } from '../../api/schema/generated/core-v1.ts';

/**
 * Both lists in one, in their order, without what another toleration of them covers. Of equal ones the first stays, of
 * those that cover each other one.
 */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  if (all.length < 2) return all;
  return all.length <= few ? mergeByPairs(all) : mergeByGroups(all);
}

/** Up to here it costs less to hold every toleration against every other. */
const few = 32;

function mergeByPairs(all: readonly Toleration[]): Toleration[] {
  const merged: Toleration[] = [];
  for (let i = 0; i < all.length; i++) if (!isCoveredIn(all, i, merged)) merged.push(all[i]!);
  return merged;
}

/** By one that was kept already, or by a wider one that comes later. */
function isCoveredIn(all: readonly Toleration[], i: number, kept: readonly Toleration[]): boolean {
  const toleration = all[i]!;
  for (const wide of kept) if (covers(wide, toleration)) return true;
  for (let at = i + 1; at < all.length; at++)
    if (!isSame(all[at]!, toleration) && covers(all[at]!, toleration)) return true;
  return false;
}

/** A pod may bring many thousands: each is held against the widest of the few groups that could cover it. */
function mergeByGroups(all: readonly Toleration[]): Toleration[] {
  const widest = new Map<string, Toleration>();
  for (const toleration of all) {
    const group = groupOf(toleration, toleration.key, toleration.effect, toleration.operator);
    const before = widest.get(group);
    if (!before || (!isSame(before, toleration) && secondsOf(toleration) >= secondsOf(before)))
      widest.set(group, toleration);
  }
  const seen = new Set<string>();
  return all.filter((toleration) => {
    const identity = groupOf(toleration, toleration.key, toleration.effect, 'identity');
    if (seen.has(identity)) return false;
    seen.add(identity);
    return !isCoveredBy(toleration, widest);
  });
}

function isCoveredBy(narrow: Toleration, widest: ReadonlyMap<string, Toleration>): boolean {
  for (const key of narrow.key ? [narrow.key, ''] : ['']) {
    for (const effect of narrow.effect ? [narrow.effect, ''] : ['']) {
      for (const operator of ['Exists', 'Equal', '']) {
        const wide = widest.get(groupOf(narrow, key, effect, operator));
        if (wide && !isSame(wide, narrow) && covers(wide, narrow)) return true;
      }
    }
  }
  return false;
}

/**
 * What tolerations have in common of which the one that waits longest covers what the others do. No valid key, effect or
 * operator has a line break in it, and the value comes last: no valid toleration shares a group with one of other fields.
 */
function groupOf(
  { value = '', tolerationSeconds, operator: own = '' }: Toleration,
  key = '',
  effect = '',
  of = '',
): string {
  if (of === 'Exists') return `${key}\n${effect}\n${of}`;
  if (of === 'Equal' || of === '') return `${key}\n${effect}\n${of}\n\n${value}`;
  return `${key}\n${effect}\n${own}\n${tolerationSeconds}\n${value}`;
}

function secondsOf(toleration: Toleration): number {
  return toleration.effect === 'NoExecute' ? (toleration.tolerationSeconds ?? Infinity) : Infinity;
}

function isSame(a: Toleration, b: Toleration): boolean {
  return (
    (a.key ?? '') === (b.key ?? '') &&
    (a.operator ?? '') === (b.operator ?? '') &&
    (a.value ?? '') === (b.value ?? '') &&
    (a.effect ?? '') === (b.effect ?? '') &&
    a.tolerationSeconds === b.tolerationSeconds
  );
}

/** Does `wide` tolerate all that `narrow` does, and for as long? */
export function covers(wide: Toleration, narrow: Toleration): boolean {
  if (isSame(wide, narrow)) return true;
  const hasEveryKey = !wide.key && wide.operator === 'Exists';
  if ((wide.key ?? '') !== (narrow.key ?? '') && !hasEveryKey) return false;
  if (wide.effect && wide.effect !== narrow.effect) return false;
  // Only evictions wait.
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === 'Exists') return true;
  if (wide.operator && wide.operator !== 'Equal') return false;
  return narrow.operator === 'Equal' && (wide.value ?? '') === (narrow.value ?? '');
}
