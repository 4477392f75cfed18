import type { Client } from '../../client/client.ts';
import type { Deps } from '../../component/deps.ts';
import type { ApiServerConfig } from '../config.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { Storage } from '../storage/storage.ts';
import type { WatchCache } from '../storage/watch-cache.ts';

export interface PostStartDeps extends Deps {
  readonly client: Client;
  readonly cache: WatchCache;
  readonly reader: CacheReader;
  readonly storage: Storage;
  readonly config: ApiServerConfig;
  /** Resolves when every hook has done its work for the first time: what may wait, waits for this. */
  readonly ready: Promise<void>;
}

/** What a server does by itself once it can serve. */
export interface PostStartHook {
  readonly name: string;
  /** What others build on: these run to `done` before the others begin. */
  readonly isFirst?: boolean;
  /** Makes things so, again and again if need be, until they are; `done` is told when they are for the first time. */
  run(deps: PostStartDeps, done: () => void, signal: AbortSignal): Promise<void>;
}
