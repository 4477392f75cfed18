/**
 * One step of a path in FieldsV1: `f:name` a field or map key, `k:{"name":"c"}` an item of a list by its keys,
 * `v:"x"` an item of a set by its value, `i:0` an item by its index. They are handled as the strings they are written
 * as, so equal steps must be equal text: JSON inside is canonical, as Go writes it.
 */
export type PathElement = string;

const htmlCharacter = /[<>&\u2028\u2029]/;

/** Texts that JSON writes as they are. */
const plainText = /^[\w !./:@*-]*$/;

/** JSON of a scalar as Go's encoder writes it: characters that matter in HTML are escaped. */
export function goScalar(value: unknown): string {
  if (typeof value === 'string' && plainText.test(value)) return `"${value}"`;
  const text = JSON.stringify(value) ?? 'null';
  if (!htmlCharacter.test(text)) return text;
  return text.replace(
    new RegExp(htmlCharacter, 'g'),
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** JSON as Go writes it: keys sorted, no white space. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return goScalar(value);
  const object = value as Record<string, unknown>;
  const keys = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort(compareText);
  return `{${keys.map((key) => `${goScalar(key)}:${goJson(object[key])}`).join(',')}}`;
}

/**
 * The canonical form of a path element that came from a client; undefined for a kind this version does not know, which
 * is skipped.
 *
 * @throws Error where it is malformed
 */
export function canonicalPathElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error('key must be 2 characters long:');
  if (text[1] !== ':') throw new Error(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return `v:${goJson(JSON.parse(rest))}`;
    case 'k': {
      const keys: unknown = JSON.parse(rest);
      if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) throw new Error(`invalid key: ${rest}`);
      return `k:${goJson(keys)}`;
    }
    case 'i':
      if (!/^[+-]?\d+$/.test(rest)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(rest)}: invalid syntax`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

/** How conflicts print it: `.spec`, `[name="c"]`, `[="x"]`, `[0]`. */
export function displayPathElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k':
      return `[${Object.entries(JSON.parse(rest) as Record<string, unknown>)
        .map(([name, value]) => `${name}=${displayValue(value)}`)
        .join(',')}]`;
    case 'v':
      return `[=${displayValue(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
}

const displayValue = (value: unknown): string => (typeof value === 'object' ? goJson(value) : JSON.stringify(value));

const kindOrder = '.fkvi';

/** The order in which FieldsV1 lists its elements: `.`, fields by name, keyed items by their keys, values, indices. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const kind = a[0]!;
  if (kind !== b[0]) return kindOrder.indexOf(kind) - kindOrder.indexOf(b[0]!);
  if (kind === 'f') return a < b ? -1 : 1; // nearly all there are
  switch (kind) {
    case 'k':
      return compareKeys(parsed(a), parsed(b));
    case 'v':
      return compareValues(parsed(a), parsed(b));
    case 'i':
      return Number(a.slice(2)) - Number(b.slice(2));
    default:
      return compareText(a, b);
  }
}

/** The same few keys (names of containers, ports) are compared again and again. */
const parsedElements = new Map<PathElement, unknown>();
const maxParsed = 1024;

function parsed(element: PathElement): unknown {
  let value = parsedElements.get(element);
  if (value === undefined) {
    if (parsedElements.size >= maxParsed) parsedElements.clear();
    parsedElements.set(element, (value = JSON.parse(element.slice(2))));
  }
  return value;
}

function compareKeys(a: unknown, b: unknown): number {
  const left = Object.entries(a as object);
  const right = Object.entries(b as object);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const byName = compareText(left[i]![0], right[i]![0]);
    if (byName !== 0) return byName;
    const byValue = compareValues(left[i]![1], right[i]![1]);
    if (byValue !== 0) return byValue;
  }
  return left.length - right.length;
}

/** Numbers before strings before booleans; the rest does not occur as a key and goes last. */
function compareValues(a: unknown, b: unknown): number {
  const order = rank(a) - rank(b);
  if (order !== 0) return order;
  if (typeof a === 'number') return a - (b as number);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  return typeof a === 'string' ? compareText(a, b as string) : compareText(goJson(a), goJson(b));
}

const rank = (value: unknown): number => {
  const at = ['number', 'string', 'boolean'].indexOf(typeof value);
  return at < 0 ? 3 : at;
};

/** The order of code units, for sorts. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
