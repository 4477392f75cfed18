import type { LabelSelector } from '../schema/generated/meta-v1.ts';
import type { DeepReadonly } from './object.ts';
import {
  formatRequirement,
  holds,
  makeRequirement,
  SelectorError,
  type LabelOperator,
  type LabelRequirement,
  type Labels,
} from './label-requirement.ts';
import { parseRequirements } from './label-selector-parser.ts';

export { SelectorError, type LabelOperator, type LabelRequirement, type Labels };

/** A parsed selector: all requirements must hold. None selects everything; `matchesNothing` selects nothing. */
export interface Selector {
  readonly requirements: readonly LabelRequirement[];
  readonly matchesNothing: boolean;
  matches(labels: Labels | undefined | null): boolean;
  /** Upstream's text form, sorted by key: `a=b,!c,d in (x,y)`. */
  toString(): string;
}

/** Parses `a=b,c!=d,e in (x,y),!f,g,n>5`. Throws SelectorError. */
export function parseLabelSelector(text: string): Selector {
  return selectorOf(parseRequirements(text));
}

export const everything: Selector = selectorOf([]);
export const nothing: Selector = { ...selectorOf([]), matchesNothing: true, matches: () => false, toString: () => '' };

const operatorOf: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/**
 * The selector of a `LabelSelector` object: none at all selects nothing, an empty one everything. Throws SelectorError
 * for what validation refuses too.
 */
export function labelSelectorOf(selector: DeepReadonly<LabelSelector> | undefined | null): Selector {
  if (!selector) return nothing;
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
    requirements.push(makeRequirement(key, '=', [value]));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const op = Object.hasOwn(operatorOf, operator) ? operatorOf[operator] : undefined;
    if (!op) throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(makeRequirement(key, op, values ?? []));
  }
  return selectorOf(requirements);
}

/** The selector that wants exactly these labels: a Service's or a ReplicationController's. */
export function selectorFromLabels(labels: Labels | undefined | null): Selector {
  return selectorOf(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));
}

/** As kubectl prints a LabelSelector: `<none>` where it is empty. */
export function formatLabelSelector(selector: DeepReadonly<LabelSelector> | undefined | null): string {
  try {
    return labelSelectorOf(selector).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

function selectorOf(unsorted: readonly LabelRequirement[]): Selector {
  const requirements = unsorted.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    requirements,
    matchesNothing: false,
    matches: (labels) => requirements.every((r) => holds(r, labels)),
    toString: () => requirements.map(formatRequirement).join(','),
  };
}
