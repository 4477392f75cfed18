import { systemNamespaces } from './system-namespaces.ts';
import type { PostStartHook } from './post-start-hooks.ts';

/** Every hook; all run at once. */
export const postStartHooks: readonly PostStartHook[] = [systemNamespaces];
