import { badRequest } from '../../api/meta/errors.ts';
import { unknownOperationFields } from '../../api/patch/json-patch.ts';
import { invalidMergePatch } from '../../api/patch/merge-patch.ts';
import { parseYaml, YamlError } from '../../api/schema/yaml.ts';
import { duplicateFields, JsonSyntaxError, parseJson } from '../../api/meta/json-text.ts';
import type { FieldValidation } from './write-options.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface ParsedPatch {
  readonly value: unknown;
  /** What is odd about its text: keys that stand twice, fields that an operation does not have. */
  readonly oddities: readonly string[];
}

/** @throws ApiError BadRequest where the body is no text of its type, in the words of the parser that upstream uses */
export function parsePatch(body: Buffer, type: PatchType, fieldValidation: FieldValidation): ParsedPatch {
  const text = body.toString('utf8');
  try {
    if (type === 'apply') {
      const { value, duplicates } = parseYaml(text);
      return { value, oddities: duplicates };
    }
    const value = parseJson(text);
    return { value, oddities: fieldValidation === 'Ignore' ? [] : odditiesOf(text, value, type) };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw notJson(error.message, type, fieldValidation);
    if (error instanceof YamlError)
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
    throw error;
  }
}

function odditiesOf(text: string, value: unknown, type: PatchType): string[] {
  const duplicates = duplicateFields(text, value).map((field) => `duplicate field ${JSON.stringify(field)}`);
  if (type !== 'json') return duplicates;
  const unknown = unknownOperationFields(value).map((field) => `unknown field ${JSON.stringify(field)}`);
  return [...duplicates, ...unknown].map((oddity) => `json patch ${oddity}`);
}

/** Only a parser that is to find oddities goes over JSON and merge patches before the one that carries them out. */
function notJson(why: string, type: PatchType, fieldValidation: FieldValidation): Error {
  if (type === 'strategic') return badRequest(why);
  if (fieldValidation !== 'Ignore') return badRequest(`error decoding patch: ${why}`);
  return type === 'merge' ? invalidMergePatch() : badRequest(why);
}
