import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';

/** A pod as caches hand it out. */
export type ReadonlyPod = DeepReadonly<Pod>;
