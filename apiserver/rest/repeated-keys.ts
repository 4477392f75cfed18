/** A key of an object of a JSON text, where it stands: `path` is `spec.containers[0].name`. */
export interface KeyOccurrence {
  readonly path: string;
  /** It stood in the same object before. */
  readonly isAgain: boolean;
}

interface Frame {
  readonly path: string;
  readonly container: Record<string, unknown> | unknown[];
  readonly seen: Set<string>;
  key: string | number;
}

/**
 * Reads a text that is known to be JSON and to have keys that stand twice. As Go decodes into its types, the last value
 * of a key counts, but objects are merged: `{"a":{"b":1},"a":{"c":2}}` is `{"a":{"b":1,"c":2}}`. The keys come in the
 * order of the text.
 */
export function readRepeatedKeys(text: string): { readonly value: unknown; readonly keys: readonly KeyOccurrence[] } {
  const keys: KeyOccurrence[] = [];
  const stack: Frame[] = [];
  let at = 0;
  let root: unknown;
  const skipSpace = (): void => {
    while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++;
  };
  /** The string or other scalar that begins here, quotes and all. */
  const token = (): unknown => {
    const pattern = text[at] === '"' ? /"(?:[^"\\]|\\.)*"/sy : /[^\s,\]}]+/y;
    pattern.lastIndex = at;
    const [found] = pattern.exec(text)!;
    at += found.length;
    return JSON.parse(found);
  };
  const readKey = (frame: Frame): void => {
    skipSpace();
    const key = token() as string;
    skipSpace();
    at++; // the colon
    keys.push({ path: frame.path === '' ? key : `${frame.path}.${key}`, isAgain: frame.seen.has(key) });
    frame.seen.add(key);
    frame.key = key;
  };
  const put = (value: unknown): void => {
    const frame = stack.at(-1);
    if (!frame) root = value;
    // Not by assignment, to which `__proto__` is no key.
    else
      Object.defineProperty(frame.container, frame.key, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  };
  const open = (isArray: boolean): void => {
    const parent = stack.at(-1);
    const path = !parent ? '' : typeof parent.key === 'number' ? `${parent.path}[${parent.key}]` : keys.at(-1)!.path;
    const before = !isArray && parent && Object.hasOwn(parent.container, parent.key) ? valueOf(parent) : undefined;
    const isMerged = typeof before === 'object' && before !== null && !Array.isArray(before);
    const container = isMerged ? (before as Record<string, unknown>) : isArray ? [] : {};
    put(container);
    stack.push({ path, container, seen: new Set(), key: isArray ? 0 : '' });
    at++;
    skipSpace();
  };
  for (;;) {
    skipSpace();
    const first = text[at];
    if (first === '{' || first === '[') {
      open(first === '[');
      if (text[at] !== ']' && text[at] !== '}') {
        if (first === '{') readKey(stack.at(-1)!);
        continue;
      }
    } else put(token());
    // A value is complete, and with it all that ends here.
    for (;;) {
      skipSpace();
      const frame = stack.at(-1);
      if (!frame) return { value: root, keys };
      if (text[at++] === ',') {
        if (typeof frame.key === 'number') frame.key++;
        else readKey(frame);
        break;
      }
      stack.pop();
    }
  }
}

const valueOf = ({ container, key }: Frame): unknown => (container as Record<string | number, unknown>)[key];

/** No more than so many of these are told of. */
export const maxFindings = 100;

/**
 * What strict decoding finds odd about a text, in its order and in upstream's words: keys that stand twice, and fields
 * that the type does not have, in which nothing else is looked for.
 */
export function strictFindings(keys: readonly KeyOccurrence[], unknownFields: readonly string[]): string[] {
  const unknown = new Set(unknownFields);
  const findings = new Set<string>();
  let skipped: string | undefined;
  for (const { path, isAgain } of keys) {
    if (skipped !== undefined && (path.startsWith(`${skipped}.`) || path.startsWith(`${skipped}[`))) continue;
    skipped = unknown.has(path) ? path : undefined;
    if (skipped !== undefined) findings.add(`unknown field ${JSON.stringify(path)}`);
    else if (isAgain) findings.add(`duplicate field ${JSON.stringify(path)}`);
    if (findings.size === maxFindings) break;
  }
  return [...findings];
}
