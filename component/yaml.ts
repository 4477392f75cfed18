import { jsonToYaml, parseYaml as parseFirst, YamlError } from '../api/schema/yaml.ts';

export { YamlError };

/** A line of three dashes, with a comment at most, parts documents, as kubectl splits files. */
const separator = /^---[ \t]*(?:#.*)?\r?$/m;

/**
 * The documents of a text (YAML, and so JSON too), read as the API server reads bodies; empty ones are left out. Throws
 * YamlError, also for a key that is given twice.
 */
export function parseYamlDocuments(text: string): unknown[] {
  const documents: unknown[] = [];
  let line = 0;
  for (const part of text.split(separator)) {
    try {
      const { value, duplicates } = parseFirst(part);
      if (duplicates.length > 0) throw new YamlError(duplicates[0]!);
      if (value !== null) documents.push(value);
    } catch (error) {
      throw inWholeText(error, line);
    }
    line += part.split('\n').length - 1;
  }
  return documents;
}

/** The one document of a text; undefined where it is empty. Throws YamlError. */
export function parseYaml(text: string): unknown {
  const documents = parseYamlDocuments(text);
  if (documents.length > 1) throw new YamlError(`expected one document, found ${documents.length}`);
  return documents[0];
}

/** A value as kubectl prints it: keys sorted, lists not indented, lines not folded. */
export function toYaml(value: unknown): string {
  return jsonToYaml(JSON.parse(JSON.stringify(value)));
}

/** Counts lines from the start of the text, not of the document. */
function inWholeText(error: unknown, linesBefore: number): unknown {
  if (!(error instanceof YamlError) || linesBefore === 0) return error;
  const message = error.message.replace(/^yaml: /, '');
  const match = /^line (\d+): /.exec(message);
  if (!match) return new YamlError(`line ${linesBefore + 1}: ${message}`);
  return new YamlError(`line ${Number(match[1]) + linesBefore}: ${message.slice(match[0].length)}`);
}
