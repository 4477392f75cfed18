import { none } from '../../api/meta/printers.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** Annotations longer than this are cut, as kubectl cuts them. */
const maxAnnotation = 140;

/** Lines two blanks further in a level. */
export function indent(lines: readonly string[], levels = 1): string[] {
  return lines.map((line) => (line === '' ? line : '  '.repeat(levels) + line));
}

/** `Label:` and a value; nothing where there is no value. */
export function row(label: string, value: string | number | boolean | null | undefined): string[] {
  return value === undefined || value === null || value === '' ? [] : [`${label}:\t${value}`];
}

/** `Label:` and its values, one a line; `<none>` where there are none. */
export function rows(label: string, values: readonly string[]): string[] {
  return values.length === 0
    ? [`${label}:\t${none}`]
    : values.map((value, i) => `${i === 0 ? `${label}:` : ''}\t${value}`);
}

/** A map as `key=value`, sorted by key. */
export function pairs(label: string, map: Readonly<Record<string, string>> | null | undefined): string[] {
  const keys = Object.keys(map ?? {}).sort();
  return rows(
    label,
    keys.map((key) => `${key}=${map![key]}`),
  );
}

/** Annotations but for the one in which kubectl keeps what was applied. */
export function annotationRows(label: string, annotations: Readonly<Record<string, string>> | undefined): string[] {
  const keys = Object.keys(annotations ?? {})
    .filter((key) => key !== lastApplied)
    .sort();
  const values = keys.flatMap((key) => {
    const value = annotations![key]!;
    if (!value.includes('\n') && value.length + key.length + 2 < maxAnnotation) return [`${key}: ${value}`];
    return [
      `${key}:`,
      ...value
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `  ${shorten(line)}`),
    ];
  });
  return rows(label, values);
}

function shorten(line: string): string {
  return line.length > maxAnnotation ? `${line.slice(0, maxAnnotation)}...` : line;
}

/** `Mon, 02 Jan 2006 15:04:05 +0000`; empty where there is no time. */
export function formatDate(timestamp: string | null | undefined): string {
  return timestamp ? new Date(timestamp).toUTCString().replace('GMT', '+0000') : '';
}

/** A label selector as people write it: `a=b,c in (d,e),!f`. */
export function formatSelector(
  selector:
    | {
        readonly matchLabels?: Readonly<Record<string, string>>;
        readonly matchExpressions?: readonly {
          readonly key: string;
          readonly operator: string;
          readonly values?: readonly string[];
        }[];
      }
    | null
    | undefined,
): string {
  if (!selector) return '<unset>';
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]): [string, string] => [
    key,
    `${key}=${value}`,
  ]);
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(',')})`;
    const text = { In: `${key} in ${list}`, NotIn: `${key} notin ${list}`, Exists: key, DoesNotExist: `!${key}` }[
      operator
    ];
    parts.push([key, text ?? `${key} ${operator}`]);
  }
  return parts.length === 0
    ? none
    : parts
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([, text]) => text)
        .join(',');
}
