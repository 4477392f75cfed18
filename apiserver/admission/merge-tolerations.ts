import type { Toleration } from '../../api/schema/generated/core-v1.ts';

/** Both lists in one, in their order, without what another toleration of them covers. Of equal ones the first stays. */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  if (all.length < 2) return all;
  const merged: Toleration[] = [];
  for (let i = 0; i < all.length; i++) if (!isCovered(all, i, merged)) merged.push(all[i]!);
  return merged;
}

/** By one that was kept already, or by a wider one that comes later. */
function isCovered(all: readonly Toleration[], i: number, kept: readonly Toleration[]): boolean {
  const toleration = all[i]!;
  for (const wide of kept) if (covers(wide, toleration)) return true;
  for (let at = i + 1; at < all.length; at++)
    if (!isSame(all[at]!, toleration) && covers(all[at]!, toleration)) return true;
  return false;
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
