import type { Environment } from '@marcbachmann/cel-js';
import { compileExpression } from './compile-expression.ts';
import { limitCost, type Runnable } from './cost-limit.ts';
import { onlyChecked } from './kubernetes-libraries.ts';
import { linearMatches } from './regular-expression-functions.ts';

/** An expression that can be run. */
export interface CelProgram {
  readonly expression: string;
  /** What it evaluates to, by cel-go's name; `dyn` where that is seen only when it runs. */
  readonly type: string;
  /** Does any part of it read this field of that variable, as `variable.field` or `variable.?field`? */
  reads(variable: string, field: string): boolean;
  /**
   * The value for these variables, which are JSON. Whole numbers of it are bigint. Throws where evaluation fails, or costs
   * too much (`limitCost`).
   */
  run(variables: Readonly<Record<string, unknown>>): unknown;
}

export type ProgramOutcome =
  | { readonly kind: 'program'; readonly program: CelProgram }
  /** In cel-go's words, where it is an error of cel-go's too. */
  | { readonly kind: 'error'; readonly message: string };

/** Parses and checks an expression for running it. What the library cannot run is an error. */
export function compileProgram(environment: Environment, expression: string): ProgramOutcome {
  const compiled = compileExpression(environment, expression);
  if (compiled.kind === 'error') return compiled;
  try {
    const parsed = environment.parse(expression);
    matchInLinearTime(parsed.ast);
    const checked = parsed.check();
    if (!checked.valid) return cannotRun(checked.error?.message ?? 'it does not check');
    const missing = calledFunctions(parsed.ast).find((name) => onlyChecked.has(name));
    if (missing) return cannotRun(`the function ${missing} is not supported`);
    const { ast } = parsed;
    const run = limitCost(parsed as unknown as Runnable);
    return {
      kind: 'program',
      program: {
        expression,
        type: compiled.type,
        reads: (variable, field) => reads(ast, variable, field),
        run: (variables) => run(toCel(variables) as Record<string, unknown>),
      },
    };
  } catch (error) {
    return cannotRun((error as Error).message);
  }
}

function cannotRun(why: string): ProgramOutcome {
  return { kind: 'error', message: `compilation failed: ${why.split('\n', 1)[0]!}` };
}

/** JSON has one kind of number, CEL has two. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCel(item)]));
}

interface Node {
  readonly op: string;
  readonly args: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  else if (isNode(value)) {
    yield value;
    yield* nodesOf(value.args);
  }
}

/** Puts RE2 in the place of the library's `matches`, which takes JavaScript's regular expressions. */
function matchInLinearTime(ast: unknown): void {
  for (const { op, args } of nodesOf(ast)) {
    if (op === 'rcall' && (args as unknown[])[0] === 'matches') (args as unknown[])[0] = linearMatches;
  }
}

function calledFunctions(ast: unknown): string[] {
  const names: string[] = [];
  for (const { op, args } of nodesOf(ast)) {
    if (op === 'call' || op === 'rcall') names.push((args as [string])[0]);
  }
  return names;
}

function reads(ast: unknown, variable: string, field: string): boolean {
  for (const { op, args } of nodesOf(ast)) {
    if (op !== '.' && op !== '.?') continue;
    const [operand, name] = args as [Node, unknown];
    const key = isNode(name) ? name.args : name;
    if (operand.op === 'id' && operand.args === variable && key === field) return true;
  }
  return false;
}
