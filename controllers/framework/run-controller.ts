import { objectKey, type DeepReadonly, type KubeObject, type ObjectKey } from '../../api/meta/object.ts';
import { hasReason } from '../../api/meta/errors.ts';
import type { Client } from '../../client/client.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Informers } from '../../client/informer-factory.ts';
import type { InformerHandlers } from '../../client/informer-contract.ts';
import { createWorkQueue, type WorkQueue } from '../../client/work-queue.ts';
import type { Deps } from '../../component/deps.ts';
import type { Controller, ControllerDeps, ControllersConfig, Reconcile } from './define-controller.ts';
import { everything } from './define-controller.ts';
import { controllerOf } from './ownership.ts';

export interface RunnerDeps extends Deps {
  readonly informers: Informers;
  readonly config: ControllersConfig;
}

/** A controller whose informers are asked for; `run` begins once these have synced. */
export interface PreparedController {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Wires a controller: informers to keys, keys to its queue, workers to `reconcile`. */
export function prepareController(controller: Controller, client: Client, deps: RunnerDeps): PreparedController {
  const log = deps.log.child({ controller: controller.name });
  const queue = createWorkQueue({ name: controller.queueName ?? controller.name.replace(/-controller$/, '') }, deps);
  const removals: (() => void)[] = [];
  const registrations: (() => void)[] = [];
  const events = createEventRecorder({ component: controller.name }, client, { ...deps, log });
  const on = <T extends KubeObject>(
    ref: Parameters<ControllerDeps['onChange']>[0],
    handlers: InformerHandlers<T>,
  ): void => {
    const informer = deps.informers.for(ref);
    registrations.push(() => removals.push(informer.addHandlers(handlers as InformerHandlers<KubeObject>)));
  };
  const controllerDeps: ControllerDeps = {
    clock: deps.clock,
    random: deps.random,
    metrics: deps.metrics,
    log,
    client,
    events,
    config: deps.config,
    lister: (ref, options) => deps.informers.for(ref, options).lister,
    onChange: (ref, handlers) => on(ref, handlers as InformerHandlers<KubeObject>),
    enqueue: (key, afterMs) => (afterMs === undefined ? queue.add(key) : queue.addAfter(key, afterMs)),
  };
  const reconcile = controller.create(controllerDeps);
  const { reconciles } = controller;
  if (reconciles) {
    const enqueue = (object: DeepReadonly<KubeObject>): void => queue.add(objectKey(object));
    on(reconciles, { added: enqueue, updated: enqueue, deleted: enqueue });
  }
  for (const ref of controller.owns ?? []) {
    const enqueueOwner = (object: DeepReadonly<KubeObject>): void => {
      const owner = controllerOf(object);
      if (owner && owner.kind === reconciles?.kind)
        queue.add(objectKey({ metadata: { namespace: object.metadata.namespace, name: owner.name } }));
    };
    on(ref, {
      added: enqueueOwner,
      updated: (next, old) => {
        enqueueOwner(next);
        if (controllerOf(old)?.uid !== controllerOf(next)?.uid) enqueueOwner(old);
      },
      deleted: enqueueOwner,
    });
  }
  for (const { ref, keys } of controller.watches ?? []) {
    const enqueueAll = (object: DeepReadonly<KubeObject>): void => {
      for (const key of keys(object, controllerDeps)) queue.add(key);
    };
    on(ref, {
      added: enqueueAll,
      updated: (next, old) => {
        enqueueAll(next);
        enqueueAll(old);
      },
      deleted: enqueueAll,
    });
  }
  return {
    name: controller.name,
    run: async (signal) => {
      for (const register of registrations) register();
      const onAbort = (): void => queue.shutDown();
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) queue.shutDown();
      const workers = Array.from({ length: controller.workers ?? 5 }, () =>
        work(queue, reconcile, controllerDeps, signal),
      );
      await Promise.all([...workers, repeat(controller, queue, deps, signal)]);
      for (const remove of removals) remove();
      await events.flush();
    },
  };
}

async function work(
  queue: WorkQueue,
  reconcile: Reconcile,
  { log }: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const key = await queue.next().catch(() => undefined);
    if (key === undefined || signal.aborted) return;
    try {
      const result = await reconcile(key as ObjectKey, signal);
      queue.forget(key);
      if (result.kind === 'again') queue.addAfter(key, result.afterMs);
    } catch (error) {
      if (signal.aborted) return;
      // Somebody else wrote first: an everyday thing, the next look at the cache settles it.
      if (hasReason(error, 'Conflict')) log.debug('reconcile met a conflict, trying again', { key });
      else log.warn('reconcile failed, trying again', { key, error, attempt: queue.retries(key) + 1 });
      queue.addRateLimited(key);
    } finally {
      queue.done(key);
    }
  }
}

async function repeat(controller: Controller, queue: WorkQueue, deps: RunnerDeps, signal: AbortSignal): Promise<void> {
  const everyMs = typeof controller.everyMs === 'function' ? controller.everyMs(deps.config) : controller.everyMs;
  if (!everyMs) return;
  while (!signal.aborted) {
    if (controller.reconciles)
      for (const object of deps.informers.for(controller.reconciles).lister.list()) queue.add(objectKey(object));
    else queue.add(everything);
    await deps.clock.sleep(everyMs, signal).catch(() => undefined); // aborted: the loop's condition ends it
  }
}
