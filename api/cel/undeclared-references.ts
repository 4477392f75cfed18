import { functionNames, functionNamespaces } from './kubernetes-libraries.ts';
import type { SourceError } from './source-error.ts';

/** A node of the library's syntax tree, as far as names are looked for in it. */
export interface CelNode {
  readonly op: string;
  readonly start: number;
  readonly end: number;
  readonly args: unknown;
}

/** Macros that bind names: how many arguments, from the first on, are names. */
const binders: Readonly<Record<string, number>> = {
  all: 1,
  exists: 1,
  exists_one: 1,
  existsOne: 1,
  map: 1,
  filter: 1,
  optMap: 1,
  optFlatMap: 1,
};

const isNode = (value: unknown): value is CelNode => typeof value === 'object' && value !== null && 'op' in value;

/** Every name that means nothing, variable or function, in cel-go's words. `isVariable` knows the environment's. */
export function undeclaredReferences(
  text: string,
  root: CelNode,
  isVariable: (name: string) => boolean,
): SourceError[] {
  const errors: SourceError[] = [];
  const complain = (name: string, at: number): void => {
    errors.push({ at, message: `undeclared reference to '${name}' (in container '')` });
  };
  const visitAll = (value: unknown, bound: readonly string[]): void => {
    if (isNode(value)) visit(value, bound);
    else if (Array.isArray(value)) for (const item of value) visitAll(item, bound);
  };
  const visit = (node: CelNode, bound: readonly string[]): void => {
    switch (node.op) {
      case 'id': {
        const name = node.args as string;
        if (!bound.includes(name) && !isVariable(name)) complain(name, node.start);
        return;
      }
      case 'call': {
        const [name, args] = node.args as [string, CelNode[]];
        if (!functionNames.has(name)) complain(name, text.indexOf('(', node.start + name.length));
        return visitAll(args, bound);
      }
      case 'rcall': {
        const [name, receiver, args] = node.args as [string, CelNode, CelNode[]];
        if (receiver.op === 'id' && functionNamespaces[receiver.args as string]?.includes(name))
          return visitAll(args, bound);
        visit(receiver, bound);
        if (!functionNames.has(name)) complain(name, text.indexOf('(', text.indexOf(name, receiver.end) + name.length));
        const names = Object.hasOwn(binders, name) && args.length > 1 ? binders[name]! : 0;
        const added = args.slice(0, names).flatMap((arg) => (arg.op === 'id' ? [arg.args as string] : []));
        return visitAll(args.slice(added.length), [...bound, ...added]);
      }
      default:
        return visitAll(node.args, bound);
    }
  };
  visit(root, []);
  return errors;
}
