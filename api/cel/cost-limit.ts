/** What a run may cost, in upstream's unit and amount (`PerCallLimit`): about a tenth of a second. */
export const perCallLimit = 1_000_000;

/** cel-go's words. */
const exceeded = 'operation cancelled: actual cost limit exceeded';

/** A parsed expression of the library, checked, as it is called. */
export interface Runnable {
  (variables: Record<string, unknown>): unknown;
  readonly ast: unknown;
}

/** A part of an expression. The library gives no way to watch an evaluation, but to take the place of its parts. */
interface Part {
  readonly op: string;
  readonly args: unknown;
  readonly meta: {
    readonly evaluate: Evaluate;
    /** What the part stands for, where it is a macro. */
    readonly alternate?: Part;
    readonly macro?: Readonly<Record<string, unknown>>;
  };
  setMeta(key: 'evaluate', evaluate: Evaluate): unknown;
}

type Evaluate = (evaluator: unknown, part: unknown, context: unknown) => unknown;

const listCost = 10;
const mapCost = 30;
/** Functions and operators look at texts, a tenth of a unit for each character, and at the items of lists. */
const looksAtOperands: ReadonlySet<string> = new Set(['call', 'rcall', '+', '==', '!=', '<', '<=', '>', '>=', 'in']);
const textFactor = 0.1;

/**
 * The same expression, which fails when it costs more than the limit, however it goes about errors. A part costs 1 each
 * time it is evaluated, constants nothing; a list costs 10 more and a map 30; what functions and operators look at costs
 * by its size. Near to what cel-go counts, and not the same. The expression can be run only by what is returned.
 */
export function limitCost(runnable: Runnable, limit = perCallLimit): (variables: Record<string, unknown>) => unknown {
  let spent = 0;
  const spend = (cost: number): void => {
    spent += cost;
    if (spent > limit) throw new Error(exceeded);
  };
  const parts = partsOf(runnable.ast);
  const lookedAt = new Set<unknown>();
  for (const { op, args } of parts)
    if (looksAtOperands.has(op)) for (const operand of operands(args)) lookedAt.add(operand);
  for (const part of parts) {
    const { evaluate } = part.meta;
    const cost = part.op === 'value' ? 0 : part.op === 'list' ? 1 + listCost : part.op === 'map' ? 1 + mapCost : 1;
    const isLookedAt = lookedAt.has(part);
    if (cost === 0 && !isLookedAt) continue;
    part.setMeta('evaluate', (evaluator, of, context) => {
      spend(cost);
      const value = evaluate(evaluator, of, context);
      if (isLookedAt) spend(sizeCost(value));
      return value;
    });
  }
  return (variables) => {
    spent = 0;
    const value = runnable(variables);
    // `a || b` and the like swallow an error of one side.
    if (spent > limit) throw new Error(exceeded);
    return value;
  };
}

function sizeCost(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length * textFactor;
  return Array.isArray(value) ? value.length : 0;
}

/** The operands of a call stand behind its name, those of a method behind its receiver. */
function operands(args: unknown): readonly unknown[] {
  return Array.isArray(args) ? args.flat() : [args];
}

/** Every part that is evaluated by itself; those that macros stand for, not the macros. */
function partsOf(ast: unknown): readonly Part[] {
  const found: Part[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) value.forEach(visit);
    else if (isPart(value)) {
      const { alternate, macro } = value.meta;
      if (alternate) visit(alternate);
      else if (macro) Object.values(macro).forEach(visit);
      else found.push(value);
      visit(value.args);
    } else if (Object.getPrototypeOf(value) === Object.prototype) Object.values(value).forEach(visit);
  };
  visit(ast);
  return found;
}

function isPart(value: object): value is Part {
  return 'op' in value && 'args' in value && 'setMeta' in value;
}
