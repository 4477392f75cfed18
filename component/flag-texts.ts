import { formatDuration } from '../api/meta/duration.ts';
import { camelCase, type Flag, type FlagTable } from './flags.ts';

/**
 * The value of every flag by its name, as Go's pflag prints it: durations as `1m30s`, lists as `[a,b]`, empty text where
 * nothing was given. `values` is what `parseFlags` made of the table.
 */
export function flagTexts(table: FlagTable, values: object): Record<string, string> {
  const given = values as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(table).map(([name, flag]) => [name, textOf(flag, given[camelCase(name)])] as const),
  );
}

function textOf(flag: Flag, value: unknown): string {
  switch (flag.kind) {
    case 'bool':
      return String(value ?? false);
    case 'int':
    case 'port':
    case 'float':
      return String((value as number | undefined) ?? 0);
    case 'duration':
      return formatDuration((value as number | undefined) ?? 0);
    case 'strings':
    case 'array':
      return `[${((value as readonly string[] | undefined) ?? []).join(',')}]`;
    case 'map':
      return Object.entries((value as Readonly<Record<string, string>> | undefined) ?? {})
        .map(([key, text]) => `${key}=${text}`)
        .join(',');
    case 'string':
      return (value as string | undefined) ?? '';
  }
}
