/** The step of a recording that was replayed: `kind-pods-crud s12`. */
export interface ReplayedStep {
  readonly cassette: string;
  readonly step: string;
  readonly ok: boolean;
  readonly diff: readonly { readonly path: string; readonly expected: unknown; readonly actual: unknown }[];
}

/** What the documented list of differences says, and what a replay found. */
export interface Comparison {
  /** Differ without being listed. */
  readonly unlisted: readonly ReplayedStep[];
  /** Listed, and yet the same as upstream. */
  readonly resolved: readonly ReplayedStep[];
  /** Listed, but no such step was replayed. */
  readonly unknown: readonly string[];
}

const heading = '## Recorded answers that differ';

/**
 * The steps that `docs/compatibility.md` lists in its table under "Recorded answers that differ": a recording in its first
 * column, steps by comma in the second, the reason in the third.
 *
 * @throws Error where there is no such table
 */
export function parseKnownDifferences(markdown: string): ReadonlyMap<string, ReadonlySet<string>> {
  const start = markdown.indexOf(heading);
  if (start < 0) throw new Error(`docs/compatibility.md has no section ${JSON.stringify(heading)}`);
  const section = markdown.slice(start + heading.length).split(/^## /m, 1)[0]!;
  const known = new Map<string, Set<string>>();
  for (const line of section.split('\n')) {
    const [, recording, steps, reason] = line.split('|').map((cell) => cell.trim());
    const name = /^`([\w-]+)`$/.exec(recording ?? '')?.[1];
    if (!name || !steps) continue;
    if (!reason) throw new Error(`docs/compatibility.md gives no reason for ${name}`);
    const all = known.get(name) ?? new Set();
    for (const step of steps.split(',')) all.add(step.trim());
    known.set(name, all);
  }
  return known;
}

/** Holds a replay against the list. Only recordings that were replayed count. */
export function compareWithKnown(
  steps: readonly ReplayedStep[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
): Comparison {
  const isListed = ({ cassette, step }: ReplayedStep): boolean => known.get(cassette)?.has(step) ?? false;
  const replayed = new Map<string, Set<string>>();
  for (const { cassette, step } of steps) {
    const seen = replayed.get(cassette) ?? new Set();
    replayed.set(cassette, seen.add(step));
  }
  const unknown = [...known].flatMap(([cassette, listed]) => {
    const seen = replayed.get(cassette);
    return seen ? [...listed].filter((step) => !seen.has(step)).map((step) => `${cassette} ${step}`) : [];
  });
  return {
    unlisted: steps.filter((step) => !step.ok && !isListed(step)),
    resolved: steps.filter((step) => step.ok && isListed(step)),
    unknown,
  };
}
