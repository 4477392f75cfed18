import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Imports and re-exports that load the other file; those of types alone do not (`erasableSyntaxOnly`). */
const loads = /^(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\bfrom\s+)?'(\.{1,2}\/[^']+)'/gm;

/**
 * Groups of files that import one another in a circle, so that which runs first depends on who was asked for first.
 * `files` are paths below `root`; each circle is told once, in alphabetical order.
 */
export function importCycles(root: string, files: readonly string[]): string[][] {
  const imports = new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [file, [...text.matchAll(loads)].map(([, path]) => join(dirname(file), path!))];
    }),
  );
  // Tarjan's strongly connected components.
  const order = new Map<string, { readonly index: number; low: number; isOpen: boolean }>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): { low: number; isOpen: boolean; index: number } => {
    const node = { index: order.size, low: order.size, isOpen: true };
    order.set(file, node);
    stack.push(file);
    for (const next of imports.get(file) ?? []) {
      const known = order.get(next);
      if (!known) node.low = Math.min(node.low, visit(next).low);
      else if (known.isOpen) node.low = Math.min(node.low, known.index);
    }
    if (node.low === node.index) {
      const group = stack.splice(stack.indexOf(file));
      for (const member of group) order.get(member)!.isOpen = false;
      if (group.length > 1) cycles.push(group.sort());
    }
    return node;
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return cycles;
}
