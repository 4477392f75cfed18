import { createBackoff } from '../component/backoff.ts';
import type { Deps } from '../component/deps.ts';
import type { ContainerRuntime, RuntimeState } from './runtime/container-runtime.ts';

export interface RuntimeWatchOptions {
  /** Between looks at everything, in ms: events may get lost. */
  readonly relistMs: number;
  /** The same while there are no events. */
  readonly relistWithoutEventsMs: number;
}

export interface RuntimeWatch {
  /** Of the monotonic clock, when everything was last seen; undefined before. */
  readonly lastSeenMs: number | undefined;
  /** Of the last complete look. */
  readonly lastState: RuntimeState | undefined;
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Tells which pods changed in the runtime: by its events, and by comparing all there is now and then. `seen` gets each
 * complete look.
 */
export function createRuntimeWatch(
  given: {
    readonly runtime: ContainerRuntime;
    readonly options: RuntimeWatchOptions;
    readonly changed: (podUid: string) => void;
    readonly seen: (state: RuntimeState) => void;
  },
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
): RuntimeWatch {
  const { runtime, options } = given;
  const { clock, log } = deps;
  let known = new Map<string, string>();
  let hasEvents = false;
  let lastSeenMs: number | undefined;
  let lastState: RuntimeState | undefined;

  async function followEvents(signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ initialMs: 200, maxMs: 5000, jitter: 0.2 }, deps);
    while (!signal.aborted) {
      try {
        hasEvents = true;
        for await (const { podUid } of runtime.events(signal)) {
          backoff.reset();
          if (podUid) given.changed(podUid);
        }
      } catch (error) {
        if (signal.aborted) return;
        log.warn('events of the container runtime broke off, listening again', { error });
      }
      hasEvents = false;
      await backoff.wait(signal).catch(() => {});
    }
  }

  async function relist(signal: AbortSignal): Promise<void> {
    let isTold = false;
    while (!signal.aborted) {
      try {
        const state = await runtime.observe({}, signal);
        lastSeenMs = clock.monotonicMs();
        lastState = state;
        isTold = false;
        const now = statesByPod(state);
        for (const [uid, states] of now) if (known.get(uid) !== states) given.changed(uid);
        for (const uid of known.keys()) if (!now.has(uid)) given.changed(uid);
        known = now;
        given.seen(state);
      } catch (error) {
        if (signal.aborted) return;
        if (!isTold) log.error('container runtime cannot be asked', { error });
        isTold = true;
      }
      const waitMs = hasEvents && !isTold ? options.relistMs : options.relistWithoutEventsMs;
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  return {
    get lastSeenMs() {
      return lastSeenMs;
    },
    get lastState() {
      return lastState;
    },
    run: async (signal) => {
      await Promise.all([followEvents(signal), relist(signal)]);
    },
  };
}

function statesByPod({ sandboxes, containers }: RuntimeState): Map<string, string> {
  const byPod = new Map<string, string>();
  for (const { podUid, id, state } of [...sandboxes, ...containers]) {
    byPod.set(podUid, `${byPod.get(podUid) ?? ''}${id}:${state};`);
  }
  return byPod;
}
