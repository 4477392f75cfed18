import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Taint, Toleration } from '../../api/schema/generated/core-v1.ts';

/** True where one of the tolerations tolerates the taint. */
export function tolerates(
  tolerations: readonly DeepReadonly<Toleration>[] | undefined,
  taint: DeepReadonly<Taint>,
): boolean {
  return (tolerations ?? []).some((toleration) => matches(toleration, taint));
}

function matches(toleration: DeepReadonly<Toleration>, taint: DeepReadonly<Taint>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Gt':
      return isInteger(taint.value) && isInteger(toleration.value) && BigInt(taint.value!) > BigInt(toleration.value!);
    case 'Lt':
      return isInteger(taint.value) && isInteger(toleration.value) && BigInt(taint.value!) < BigInt(toleration.value!);
    default:
      return false;
  }
}

function isInteger(text: string | undefined): boolean {
  return /^[+-]?\d+$/.test(text ?? '');
}
