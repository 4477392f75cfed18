import type { Environment, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import { functionNamespaces } from './kubernetes-libraries.ts';
import { formatSourceErrors, type SourceError } from './source-error.ts';
import { syntaxErrors } from './syntax-errors.ts';
import { undeclaredReferences, type CelNode } from './undeclared-references.ts';

/** What an expression evaluates to, by cel-go's name of the type; `dyn` where that is seen only at run time. */
export type Compiled =
  { readonly kind: 'type'; readonly type: string } | { readonly kind: 'error'; readonly message: string };

interface CheckedNode extends CelNode {
  readonly checkedType?: { readonly name: string };
}

/**
 * Parses and checks an expression. Errors are cel-go's, which users see: `compilation failed: ERROR: <input>:1:5: …`.
 * Where the library refuses what cel-go might take, the expression passes: it is better to find out when it runs.
 */
export function compileExpression(environment: Environment, text: string): Compiled {
  const fail = (errors: readonly SourceError[]): Compiled => ({
    kind: 'error',
    message: `compilation failed: ${formatSourceErrors(text, errors)}`,
  });
  const unknown: Compiled = { kind: 'type', type: 'dyn' };
  const syntax = syntaxErrors(environment, text);
  if (!syntax) return unknown;
  if (syntax.length) return fail(syntax);
  const parsed = environment.parse(text);
  const isVariable = (name: string): boolean => environment.hasVariable(name);
  const undeclared = undeclaredReferences(text, parsed.ast as unknown as CelNode, isVariable);
  if (undeclared.length) return fail(undeclared);
  const checked = parsed.check();
  if (checked.valid) return { kind: 'type', type: goTypeName(checked.type ?? 'dyn') };
  const error = typeError(text, checked.error as CelTypeError);
  return error ? fail([error]) : unknown;
}

/** `list<string>` as cel-go writes it: `list(string)`. */
function goTypeName(name: string): string {
  if (name === 'list') return 'list(dyn)';
  if (name === 'map') return 'map(dyn, dyn)';
  if (name === 'null') return 'null_type';
  return name
    .replaceAll(/\b[ATKV]\b/g, 'dyn')
    .replaceAll('<', '(')
    .replaceAll('>', ')')
    .replaceAll('optional(', 'optional_type(');
}

/** As the checker shows a type among the operands of an operator. */
function operandName(node: CheckedNode): string {
  const name = goTypeName(node.checkedType?.name ?? 'dyn');
  if (name === 'null_type') return 'null';
  return name.replaceAll('google.protobuf.Timestamp', 'timestamp').replaceAll('google.protobuf.Duration', 'duration');
}

const operatorNames: Readonly<Record<string, string>> = { in: '@in', '!_': '!_', '-_': '-_' };
const operators = new Set(['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '&&', '||', 'in']);

/** The library's complaint about a type in cel-go's words; undefined where it says nothing that is sure. */
function typeError(text: string, error: CelTypeError): SourceError | undefined {
  const node = error.node as unknown as CheckedNode | undefined;
  if (!node) return undefined;
  if (error.code === 'no_such_key' && node.op === '.') {
    const [, field] = node.args as [CheckedNode, string];
    const dot = text.lastIndexOf('.', error.range?.start ?? node.end);
    return { at: dot, message: `undefined field '${field}'` };
  }
  if (error.code === 'no_such_overload' || error.code === 'invalid_logical_operand') {
    const operands = (Array.isArray(node.args) ? node.args : [node.args]) as CheckedNode[];
    const types = operands.map(operandName).join(', ');
    const name = operatorNames[node.op] ?? (operators.has(node.op) ? `_${node.op}_` : undefined);
    if (!name) return undefined;
    const at = operators.has(node.op) ? text.indexOf(node.op, operands[0]!.end) : node.start;
    return { at, message: `found no matching overload for '${name}' applied to '(${types})'` };
  }
  if (error.code === 'no_matching_overload' && (node.op === 'call' || node.op === 'rcall')) {
    const [name] = node.args as [string];
    const receiver = node.op === 'rcall' ? (node.args as [string, CheckedNode])[1] : undefined;
    if (receiver?.op === 'id' && Object.hasOwn(functionNamespaces, receiver.args as string)) return undefined;
    const args = (node.args as unknown[]).at(-1) as CheckedNode[];
    const types = args.map(operandName);
    const receiverType = receiver && operandName(receiver);
    if ([receiverType, ...types].some((type) => type?.includes('dyn'))) return undefined;
    const applied = receiverType === undefined ? `(${types.join(', ')})` : `${receiverType}.(${types.join(', ')})`;
    const open = text.indexOf('(', text.indexOf(name, receiver ? receiver.end : node.start) + name.length);
    return { at: open, message: `found no matching overload for '${name}' applied to '${applied}'` };
  }
  return undefined;
}
