import { tables, type Ruleset, type TableName } from './plan-rules.ts';

/** What is in the kernel, as far as it is ours; `undefined` where it is not known. */
export type Programmed = Ruleset | undefined;

export interface RestoreInput {
  readonly desired: Ruleset;
  /** Chains that hold exactly what stands here are not written again. */
  readonly programmed: Programmed;
  /** Our chains that are in the kernel beyond `programmed`: they go, unless they are desired. */
  readonly leftOver: Readonly<Record<TableName, readonly string[]>>;
  /** Rules for chains that are not ours, put at the front. */
  readonly jumps: readonly { readonly table: TableName; readonly from: string; readonly rule: string }[];
}

/**
 * The input of `iptables-restore --noflush` that brings the kernel from what is programmed to what is desired: chains
 * that differ are flushed and written anew, those that nobody wants are removed, all others are left alone. Each table is
 * one transaction. Empty where nothing differs.
 */
export function restoreText({ desired, programmed, leftOver, jumps }: RestoreInput): string {
  return tables.map((table) => tableText(table, desired[table], programmed?.[table], leftOver[table], jumps)).join('');
}

function tableText(
  table: TableName,
  desired: ReadonlyMap<string, readonly string[]>,
  programmed: ReadonlyMap<string, readonly string[]> | undefined,
  leftOver: readonly string[],
  jumps: RestoreInput['jumps'],
): string {
  const changed = [...desired].filter(([chain, rules]) => !sameRules(programmed?.get(chain), rules));
  const gone = [...new Set([...(programmed?.keys() ?? []), ...leftOver])].filter((chain) => !desired.has(chain));
  const jumpsHere = jumps.filter((jump) => jump.table === table);
  if (changed.length === 0 && gone.length === 0 && jumpsHere.length === 0) return '';
  const lines = [`*${table}`];
  for (const [chain] of changed) lines.push(`:${chain} - [0:0]`);
  for (const chain of gone) lines.push(`:${chain} - [0:0]`);
  for (const [chain, rules] of changed) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
  for (const { from, rule } of jumpsHere) lines.push(`-I ${from} ${rule}`);
  for (const chain of gone) lines.push(`-X ${chain}`);
  lines.push('COMMIT', '');
  return lines.join('\n');
}

function sameRules(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((rule, i) => rule === b[i]);
}

export interface SavedTable {
  readonly chains: readonly string[];
  /** Rules as `CHAIN REST`, without the `-A`. */
  readonly rules: readonly string[];
}

/** Reads what `iptables-save` printed of one table. */
export function parseSaved(text: string): SavedTable {
  const chains: string[] = [];
  const rules: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith(':')) chains.push(line.slice(1, line.indexOf(' ')));
    else if (line.startsWith('-A ')) rules.push(line.slice(3));
  }
  return { chains, rules };
}
