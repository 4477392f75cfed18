import { goSyntax, goType, goValue } from '../meta/go-value.ts';
import { displayPathElement } from './path-element.ts';
import { anyNode, ItemError, itemElement, resolve, type TypeNode } from './type-node.ts';
import { isJsonObject } from '../meta/json-object.ts';

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
      if (!isJsonObject(value)) return complain(`expected map, got &${goStruct(value)}`);
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
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
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
