import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';

/** Of the objects one of these annotations marks as default, the newest; of those made in the same second, the first by name. */
export function newestMarked<T extends DeepReadonly<KubeObject>>(
  objects: readonly T[],
  annotations: readonly string[],
): T | undefined {
  const marked = objects.filter(({ metadata }) => annotations.some((key) => metadata.annotations?.[key] === 'true'));
  return marked.sort((a, b) => {
    const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
    if (left !== right) return left < right ? 1 : -1;
    return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
  })[0];
}
