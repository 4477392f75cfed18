import type { Deps } from '../../component/deps.ts';

/** Answers that are believed for a while; those who ask for the same at the same time share one question. */
export interface AnswerCache<V> {
  /** A failed question is not kept, nor an answer that `keepMs` gives no time. */
  get(key: string, ask: () => Promise<V>): Promise<V>;
}

export interface AnswerCacheOptions<V> {
  /** How long an answer is believed, in ms; 0 is not at all. */
  readonly keepMs: (answer: V) => number;
  /** The oldest go when there are more. */
  readonly maxEntries: number;
}

/**
 * Ages go by the monotonic clock, and `keepMs` is asked once for each answer. No timers run: an answer that is too old
 * stays until it is replaced or pushed out.
 */
export function createAnswerCache<V>(options: AnswerCacheOptions<V>, { clock }: Pick<Deps, 'clock'>): AnswerCache<V> {
  const answers = new Map<string, { readonly answer: V; readonly untilMs: number }>();
  const asking = new Map<string, Promise<V>>();

  const ask = async (key: string, question: () => Promise<V>): Promise<V> => {
    try {
      const answer = await question();
      const keepMs = options.keepMs(answer);
      if (keepMs > 0) {
        answers.delete(key); // so that the order of the map is that of age
        answers.set(key, { answer, untilMs: clock.monotonicMs() + keepMs });
        if (answers.size > options.maxEntries) answers.delete(answers.keys().next().value!);
      }
      return answer;
    } finally {
      asking.delete(key);
    }
  };

  return {
    get: (key, question) => {
      const known = answers.get(key);
      if (known && clock.monotonicMs() < known.untilMs) return Promise.resolve(known.answer);
      let pending = asking.get(key);
      if (!pending) asking.set(key, (pending = ask(key, question)));
      return pending;
    },
  };
}
