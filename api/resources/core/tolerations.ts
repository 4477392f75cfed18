import type { DeepReadonly } from '../../meta/object.ts';
import type { Taint, Toleration } from '../../schema/generated/core-v1.ts';

/** True where one of the tolerations tolerates the taint. */
export function tolerationsTolerateTaint(
  tolerations: readonly DeepReadonly<Toleration>[] | undefined,
  taint: DeepReadonly<Taint>,
): boolean {
  return (tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint));
}

/** True where this toleration tolerates the taint. */
export function toleratesTaint(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Gt':
      return areIntegers(toleration, taint) && BigInt(taint.value!) > BigInt(toleration.value!);
    case 'Lt':
      return areIntegers(toleration, taint) && BigInt(taint.value!) < BigInt(toleration.value!);
    default:
      return false;
  }
}

function areIntegers(...values: readonly { readonly value?: string }[]): boolean {
  return values.every(({ value }) => /^[+-]?\d+$/.test(value ?? ''));
}
