import { formatLabels, none, timeSince } from '../../api/meta/printers.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { Event } from '../../api/schema/generated/core-v1.ts';
import { printTable } from '../printers/print-table.ts';

/** A label with its text, its lines, or what stands below it. */
interface Row {
  readonly label: string;
  readonly value: string | readonly string[] | readonly Row[];
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object of any kind for a person: who it is, all fields by name, and what happened to it lately. */
export function describeObject(object: AnyObject, events: readonly Event[], nowMs: number): string {
  const { metadata, kind, apiVersion, ...rest } = object;
  const { [lastApplied]: _, ...annotations } = metadata.annotations ?? {};
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  const rows: Row[] = [
    { label: 'Name', value: metadata.name ?? '' },
    ...(metadata.namespace ? [{ label: 'Namespace', value: metadata.namespace }] : []),
    { label: 'Labels', value: pairs(metadata.labels) },
    { label: 'Annotations', value: pairs(annotations, ': ') },
    { label: 'API Version', value: apiVersion ?? '' },
    { label: 'Kind', value: kind ?? '' },
    {
      label: 'Created',
      value: `${metadata.creationTimestamp ?? none} (${timeSince(metadata.creationTimestamp, nowMs)} ago)`,
    },
    ...(metadata.deletionTimestamp ? [{ label: 'Terminating', value: `since ${metadata.deletionTimestamp}` }] : []),
    ...(owner ? [{ label: 'Controlled By', value: `${owner.kind}/${owner.name}` }] : []),
    ...rowsOf(rest),
  ];
  return `${render(rows, 0)}${eventsText(events, nowMs)}`;
}

function pairs(map: Readonly<Record<string, string>> | undefined, separator = '='): readonly string[] {
  const lines = Object.entries(map ?? {}).map(([key, value]) => `${key}${separator}${value}`);
  return lines.length > 0 ? lines.sort() : [formatLabels(undefined)];
}

function rowsOf(object: Readonly<Record<string, unknown>>): Row[] {
  return Object.entries(object).flatMap(([key, value]): Row[] => {
    const label = labelOf(key);
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) {
      const items = value as unknown[];
      if (items.every((item) => typeof item !== 'object' || item === null))
        return [{ label, value: items.length > 0 ? items.map(String) : none }];
      return [{ label, value: items.flatMap((item, i) => itemRows(item as Record<string, unknown>, i)) }];
    }
    if (typeof value !== 'object') return [{ label, value: String(value as string).split('\n') }];
    const inner = rowsOf(value as Record<string, unknown>);
    return [{ label, value: inner.length > 0 ? inner : none }];
  });
}

/** Items of a list by their name, type or place. */
function itemRows(item: Readonly<Record<string, unknown>>, i: number): Row[] {
  const { name, type, ...others } = item;
  const title = typeof name === 'string' ? name : typeof type === 'string' ? type : String(i + 1);
  const rest = typeof name === 'string' && type !== undefined ? { type, ...others } : others;
  return [{ label: title, value: rowsOf(rest) }];
}

/** `podIP` is `Pod IP`, `nodeSelector` is `Node Selector`; keys that are no words stay as they are. */
function labelOf(key: string): string {
  if (!/^[a-zA-Z]+$/.test(key)) return key;
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function render(rows: readonly Row[], depth: number): string {
  const indent = '  '.repeat(depth);
  const flat = rows.filter(({ value }) => !isNested(value)).map(({ label }) => label.length);
  const width = Math.max(0, ...flat) + 3;
  let text = '';
  for (const { label, value } of rows) {
    if (isNested(value)) text += `${indent}${label}:\n${render(value as readonly Row[], depth + 1)}`;
    else {
      const lines = typeof value === 'string' ? [value] : (value as readonly string[]);
      lines.forEach((line, i) => {
        text += `${`${indent}${(i === 0 ? `${label}:` : '').padEnd(width)}${line}`.trimEnd()}\n`;
      });
    }
  }
  return text;
}

function isNested(value: Row['value']): boolean {
  return typeof value !== 'string' && (value.length === 0 || typeof value[0] === 'object');
}

function eventsText(events: readonly Event[], nowMs: number): string {
  if (events.length === 0) return `Events:  ${none}\n`;
  const atMs = (event: Event): number =>
    Date.parse(
      event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? '',
    ) || 0;
  const rows = [...events]
    .sort((a, b) => atMs(a) - atMs(b))
    .map((event) => {
      const count = event.series?.count ?? event.count ?? 1;
      const age = atMs(event) ? timeSince(new Date(atMs(event)).toISOString(), nowMs) : '<unknown>';
      return [
        event.type ?? '',
        event.reason ?? '',
        count > 1 ? `${age} (x${count})` : age,
        event.source?.component ?? event.reportingComponent ?? '',
        (event.message ?? '').trim().split('\n')[0]!,
      ];
    });
  const table = printTable(['Type', 'Reason', 'Age', 'From', 'Message'], rows);
  return `Events:\n${table.replace(/^(?=.)/gm, '  ')}`;
}
