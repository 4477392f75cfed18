import { displayPathElement } from './path-element.ts';
import { anyNode, isObject, ItemError, itemElement, resolve, type TypeNode } from './type-node.ts';

/**
 * What is wrong with a configuration by its schema, in upstream's words: wrong kinds of values, fields that are not
 * declared, items without keys or with the same ones. Undefined where all is well; several complaints are one text.
 */
export function validateConfiguration(node: TypeNode, object: object): string | undefined {
  const errors: string[] = [];
  validate(node, object, '', errors);
  if (errors.length <= 1) return errors[0];
  return ['errors:', ...errors.map((error) => `  ${error}`)].join('\n');
}

function validate(node: TypeNode, value: unknown, path: string, errors: string[]): void {
  if (value === null || value === undefined) return;
  const complain = (message: string): void => void errors.push(path ? `${path}: ${message}` : message);
  const type = resolve(node, value);
  switch (type.kind) {
    case 'scalar': {
      const wrong = scalarComplaint(type.scalar, value);
      if (wrong) complain(wrong);
      return;
    }
    case 'struct':
    case 'map':
      if (!isObject(value)) return complain(`expected map, got &${goStruct(value)}`);
      for (const key in value) {
        const below = `${path}.${key}`;
        if (type.kind === 'map') {
          validate(type.item, value[key], below, errors);
          continue;
        }
        const field = type.fields.get(key);
        if (!field && type.isClosed) {
          // Upstream looks no further into a struct once it has met a field it does not know.
          errors.push(`${below}: field not declared in schema`);
          return;
        }
        validate(field?.type ?? anyNode, value[key], below, errors);
      }
      return;
    case 'list': {
      if (!Array.isArray(value)) return complain(`expected list, got &${goStruct(value)}`);
      const seen = new Set<string>();
      for (const [index, item] of value.entries()) {
        let element = `i:${index}`;
        if (type.list !== 'atomic') {
          try {
            element = itemElement(type.keys, item);
          } catch (error) {
            if (!(error instanceof ItemError)) throw error;
            return complain(`element ${index}: ${error.message}`);
          }
          if (seen.has(element)) complain(`duplicate entries for key ${displayPathElement(element)}`);
          seen.add(element);
        }
        validate(type.item, item, path + displayPathElement(element), errors);
      }
      return;
    }
    case 'any':
      return;
  }
}

function scalarComplaint(scalar: 'string' | 'numeric' | 'boolean' | 'untyped', value: unknown): string | undefined {
  switch (scalar) {
    case 'numeric':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goTypeOf(value)}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`; // prettier-ignore
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &${goStruct(value)}`;
    case 'untyped':
      return typeof value === 'object' ? `expected any scalar, got &${goStruct(value)}` : undefined;
  }
}

/** A value by itself in a struct as Go's `%v` prints it. */
const goStruct = (value: unknown): string => `{${goValue(value)}}`;

/** As Go's `%v` prints what JSON gave: `map[a:1 b:[x y]]`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, held]) => `${key}:${goValue(held)}`).join(' ')}]`;
}

/** As Go's `%#v` prints what JSON gave: `map[string]interface {}{"a":1}`. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]interface {}{${entries.map(([key, held]) => `${JSON.stringify(key)}:${goSyntax(held)}`).join(', ')}}`;
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
