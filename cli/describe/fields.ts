import { none } from '../../api/meta/printers.ts';
import { indent, rows } from './lines.ts';

/** Fields whose keys are the person's own, not words of the API. */
const maps =
  /^(data|binaryData|stringData|labels|annotations|matchLabels|nodeSelector|selector|parameters|limits|requests|capacity|allocatable|hard|used)$/;

/** All fields of an object by name: `podIP` is `Pod IP`. Keys of maps stay as they are. */
export function rowsOf(object: Readonly<Record<string, unknown>>, areKeysData = false): string[] {
  return Object.entries(object).flatMap(([key, value]): string[] => {
    const label = areKeysData ? key : labelOf(key);
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) {
      const items = value as unknown[];
      if (items.every((item) => typeof item !== 'object' || item === null)) return rows(label, items.map(String));
      return [`${label}:`, ...indent(items.flatMap((item, i) => itemRows(item as Record<string, unknown>, i)))];
    }
    if (typeof value !== 'object') return rows(label, String(value as string).split('\n'));
    const inner = rowsOf(value as Record<string, unknown>, maps.test(key));
    return inner.length > 0 ? [`${label}:`, ...indent(inner)] : [`${label}:\t${none}`];
  });
}

/** Items of a list by their name, type or place. */
function itemRows(item: Readonly<Record<string, unknown>>, i: number): string[] {
  const { name, type, ...others } = item;
  const title = typeof name === 'string' ? name : typeof type === 'string' ? type : String(i + 1);
  const rest = typeof name === 'string' && type !== undefined ? { type, ...others } : others;
  return [`${title}:`, ...indent(rowsOf(rest))];
}

/** `podIP` is `Pod IP`, `nodeSelector` is `Node Selector`; keys that are no words stay as they are. */
function labelOf(key: string): string {
  if (!/^[a-zA-Z]+$/.test(key)) return key;
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
