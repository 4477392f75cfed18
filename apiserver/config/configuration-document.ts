import { parseDuration } from '../../api/meta/duration.ts';
import type { FieldError } from '../../api/meta/field-error.ts';
import { parseYaml } from '../../component/yaml.ts';
import { isJsonObject } from '../../api/meta/json-object.ts';

/** What a field holds: a word, a list of one shape, or a record of fields. Durations become milliseconds. */
export type Shape = 'string' | 'bool' | 'duration' | readonly [Shape] | { readonly [field: string]: Shape };

/** The value that a shape describes; every field may be left out. */
export type Shaped<S extends Shape> = S extends 'string'
  ? string
  : S extends 'bool'
    ? boolean
    : S extends 'duration'
      ? number
      : S extends readonly [infer Item extends Shape]
        ? readonly Shaped<Item>[]
        : { readonly [K in keyof S]?: S[K] extends Shape ? Shaped<S[K]> : never };

/**
 * Reads a document of `apiserver.config.k8s.io` (YAML or JSON). Throws an Error with one line where it is of another kind
 * or version, has a field that the shape does not know, or a field holds something else.
 */
export function readConfigurationDocument<const S extends { readonly [field: string]: Shape }>(
  text: string,
  about: { readonly kind: string; readonly versions: readonly string[]; readonly shape: S },
): Shaped<S> & { readonly version: string } {
  const document = parseYaml(text);
  if (document === undefined) throw new Error('empty config data');
  if (!isJsonObject(document)) throw new Error('the document is no object');
  const { apiVersion = '', kind = '', ...fields } = document;
  const version = about.versions.find((known) => apiVersion === `apiserver.config.k8s.io/${known}`);
  if (kind !== about.kind || !version)
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const problems: string[] = [];
  const read = readShape(fields, about.shape, '', problems) as Shaped<S>;
  if (problems.length) throw new Error(`strict decoding error: ${problems.join(', ')}`);
  return { ...read, version };
}

/** Several errors as upstream joins them. */
export function joinErrors(errors: readonly (FieldError | string)[]): string {
  return errors.length === 1 ? String(errors[0]) : `[${errors.map(String).join(', ')}]`;
}

function readShape(value: unknown, shape: Shape, path: string, problems: string[]): unknown {
  const wrong = (what: string): undefined => void problems.push(`${path}: expected ${what}`);
  if (value === null) return undefined;
  if (shape === 'string') return typeof value === 'string' ? value : wrong('a string');
  if (shape === 'bool') return typeof value === 'boolean' ? value : wrong('true or false');
  if (shape === 'duration') {
    try {
      return parseDuration(String(value));
    } catch (error) {
      return void problems.push(`${path}: ${(error as Error).message}`);
    }
  }
  if (isListShape(shape)) {
    if (!Array.isArray(value)) return wrong('a list');
    return value.map((item, i) => readShape(item, shape[0], `${path}[${i}]`, problems) ?? {});
  }
  if (!isJsonObject(value)) return wrong('an object');
  const found: Record<string, unknown> = {};
  for (const [field, item] of Object.entries(value)) {
    const at = path ? `${path}.${field}` : field;
    if (!Object.hasOwn(shape, field)) problems.push(`unknown field ${JSON.stringify(at)}`);
    else found[field] = readShape(item, shape[field]!, at, problems);
  }
  return found;
}

function isListShape(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
