import { formatDuration } from '../api/meta/duration.ts';
import type { Flag, FlagTable } from './flags.ts';

const typeWord: Record<Exclude<Flag['kind'], 'bool'>, string> = {
  string: 'string',
  int: 'int',
  float: 'float',
  port: 'int',
  duration: 'duration',
  strings: 'strings',
  array: 'stringArray',
  map: 'mapStringString',
};

/** The text of `--help`: upstream's layout, flags sorted by name under their headings. */
export function formatHelp(table: FlagTable, about: { name: string; description?: string; width?: number }): string {
  const groups = new Map<string, [string, Flag][]>();
  for (const entry of Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (entry[1].hidden) continue;
    const heading = entry[1].group ?? '';
    groups.set(heading, [...(groups.get(heading) ?? []), entry]);
  }
  const own: [string, Flag][] = [];
  if (!table.help) own.push(['help', { kind: 'bool', short: 'h', description: `help for ${about.name}` }]);
  if (!table.version) own.push(['version', { kind: 'bool', description: 'Print version information and quit' }]);
  const rows = (entries: [string, Flag][]): [string, string][] =>
    entries.map(([name, flag]) => {
      const word = flag.kind === 'bool' ? '' : ` ${typeWord[flag.kind]}`;
      return [`${flag.short ? `  -${flag.short}, ` : '      '}--${name}${word}`, flag.description + defaultText(flag)];
    });
  const sections = [...groups].map(([heading, entries]) => [heading, rows(entries)] as const);
  sections.push(['', rows(own)]);
  const left = Math.max(...sections.flatMap(([, lines]) => lines.map(([head]) => head.length))) + 3;
  const width = Math.max(about.width ?? 120, left + 30);

  let text = `${about.description ? `${about.description}\n\n` : ''}Usage:\n  ${about.name} [flags]\n`;
  const plain = sections.filter(([heading]) => heading === '').flatMap(([, lines]) => lines);
  const titled = sections.filter(([heading]) => heading !== '');
  for (const [heading, lines] of [...titled, ['', plain] as const]) {
    text += `\n${heading ? `${heading} flags` : titled.length > 0 ? 'Other flags' : 'Flags'}:\n\n`;
    for (const [head, description] of lines) {
      const wrapped = wrap(description, width - left);
      text += `${head.padEnd(left)}${wrapped.join(`\n${' '.repeat(left)}`)}\n`;
    }
  }
  return text;
}

function defaultText(flag: Flag): string {
  const value = flag.default;
  switch (flag.kind) {
    case 'string':
      return value ? ` (default ${JSON.stringify(value)})` : '';
    case 'bool':
      return value ? ' (default true)' : '';
    case 'duration':
      return value ? ` (default ${formatDuration(value as number)})` : '';
    case 'strings':
      return (value as string[] | undefined)?.length ? ` (default [${(value as string[]).join(',')}])` : '';
    case 'map': {
      const pairs = Object.entries((value as Record<string, string> | undefined) ?? {});
      return pairs.length > 0 ? ` (default ${pairs.map(([k, v]) => `${k}=${v}`).join(',')})` : '';
    }
    default:
      return value ? ` (default ${String(value)})` : '';
  }
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
