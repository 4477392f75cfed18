import type { KubeObject } from '../api/meta/object.ts';
import { apiVersionOf, type ResourceRef } from '../api/resources/define-resource.ts';
import type { Deps } from '../component/deps.ts';
import type { Client } from './client.ts';
import type { Informer, InformerOptions } from './informer-contract.ts';
import { createInformer, type SharedInformer } from './informer.ts';

/** One informer for everybody in a process who reads the same. */
export interface Informers {
  /**
   * The informer of a resource with these options; the same one where somebody asked before (indices are added to
   * it). One that is asked for while `run` runs is started at once.
   */
  for<T extends KubeObject>(ref: ResourceRef<T>, options?: InformerOptions<T>): Informer<T>;
  /** Runs all informers until the signal aborts; resolves when all have stopped. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once all that were asked for until now have synced; rejects with the signal's reason. */
  waitForSync(signal?: AbortSignal): Promise<void>;
}

/** No informer yet: they come into being as they are asked for, and run once `run` is called. */
export function createInformers(client: Client, deps: Deps): Informers {
  const informers = new Map<string, SharedInformer<KubeObject>[]>();
  const transforms = new Map<SharedInformer<KubeObject>, unknown>();
  const running = new Set<Promise<void>>();
  let runSignal: AbortSignal | undefined;
  let failed: ((error: unknown) => void) | undefined;

  const start = (informer: Informer<KubeObject>, signal: AbortSignal): void => {
    const run = informer.run(signal).then(
      () => void running.delete(run),
      (error: unknown) => failed?.(error),
    );
    running.add(run);
  };

  return {
    for: <T extends KubeObject>(ref: ResourceRef<T>, options: InformerOptions<T> = {}): Informer<T> => {
      const { namespace, labelSelector, fieldSelector, metadataOnly, indices, transform } = options;
      const key = JSON.stringify([
        apiVersionOf(ref),
        ref.plural,
        namespace,
        labelSelector,
        fieldSelector,
        metadataOnly,
      ]);
      const alike = informers.get(key) ?? [];
      const known = alike.find((informer) => transforms.get(informer) === transform);
      if (known) {
        if (indices) known.addIndices(indices as NonNullable<InformerOptions<KubeObject>['indices']>);
        return known as unknown as Informer<T>;
      }
      const made = createInformer(client, ref, options, deps);
      const shared = made as unknown as SharedInformer<KubeObject>;
      transforms.set(shared, transform);
      informers.set(key, [...alike, shared]);
      if (runSignal && !runSignal.aborted) start(shared, runSignal);
      return made;
    },
    run: async (signal) => {
      if (runSignal) throw new Error('the informers are running already');
      runSignal = signal;
      const failure = Promise.withResolvers<never>();
      failed = failure.reject;
      for (const informer of [...informers.values()].flat()) start(informer, signal);
      const stopped = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([stopped, failure.promise]);
      await Promise.all(running);
    },
    waitForSync: async (signal) => {
      await Promise.all([...informers.values()].flat().map((informer) => informer.waitForSync(signal)));
    },
  };
}
