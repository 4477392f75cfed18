/** Heap that broken input may leave in use after a collection: the objects it made, and caches that have their bounds. */
export const maxGrownBytes = 128 * 1024 * 1024;
