import { createHash } from 'node:crypto';
import type { ReadonlyContainer } from './pod.ts';

/** Labels a container carries so that the kubelet knows it again, also after a restart. */
export const containerLabels = {
  hash: 'annotation.io.kubernetes.container.hash',
  terminationMessagePath: 'annotation.io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'annotation.io.kubernetes.container.terminationMessagePolicy',
  podTerminationGracePeriod: 'annotation.io.kubernetes.pod.terminationGracePeriod',
} as const;

/**
 * Changes with what may be changed of a running container only by starting it anew: its image. Everything else of a
 * container is immutable, or changed in place.
 */
export function containerHash(container: ReadonlyContainer): string {
  return createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 8);
}
