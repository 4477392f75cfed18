import { semanticEqual } from '../../api/meta/equality.ts';
import type { Toleration } from '../../api/schema/generated/core-v1.ts';

/** Both lists in one, in their order, without what another toleration of them covers. Of equal ones the first stays. */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  all.forEach((toleration, i) => {
    const isCovered =
      merged.some((kept) => covers(kept, toleration)) ||
      all.slice(i + 1).some((later) => !semanticEqual(later, toleration) && covers(later, toleration));
    if (!isCovered) merged.push(toleration);
  });
  return merged;
}

/** Does `wide` tolerate all that `narrow` does, and for as long? */
export function covers(wide: Toleration, narrow: Toleration): boolean {
  if (semanticEqual(wide, narrow)) return true;
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
