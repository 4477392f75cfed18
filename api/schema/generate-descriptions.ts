import { existsSync, readFileSync } from 'node:fs';
import type { SchemaTable } from './schema-table.ts';

type TypeDescriptions = { description?: string; fields?: Record<string, string> };

/**
 * The words of the API's types and fields, taken from the declaration files of `@kubernetes/client-node` in
 * `modelsDir`: by type name of the table, what its class and properties say. Types without a file are left out.
 */
export function readDescriptions(table: SchemaTable, modelsDir: URL): Record<string, TypeDescriptions> {
  const found: Record<string, TypeDescriptions> = {};
  for (const [typeName, facts] of Object.entries(table)) {
    const file = classNames(typeName)
      .map((name) => new URL(`${name}.d.ts`, modelsDir))
      .find((url) => existsSync(url));
    if (file) found[typeName] = parseDeclaration(readFileSync(file, 'utf8'), Object.keys(facts.fields ?? {}));
  }
  return found;
}

/** Classes are called by version and kind; where that is taken twice, the group stands before it. */
function classNames(typeName: string): string[] {
  const [kind = '', version = '', group = ''] = typeName.split('.').reverse();
  const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
  // The package of version.Info is `version`, without a version of its own.
  if (kind === 'Info') return ['VersionInfo'];
  return [`${capital(group)}${capital(version)}${kind}`, `${capital(version)}${kind}`];
}

const documented = /\/\*\*\s*\n((?:\s*\*.*\n)*?)\s*\*\/\s*\n\s*(?:'([^']+)'\??:|export declare class (\w+))/g;

/** Reads the comments before a class and its properties; `fields` are the names as the API has them. */
export function parseDeclaration(source: string, fields: readonly string[]): TypeDescriptions {
  const result: TypeDescriptions = {};
  // `x-kubernetes-list-type` is `x_kubernetes_list_type` there, `default` is `_default`.
  const plain = (name: string): string => name.replace(/[^A-Za-z0-9]/g, '');
  const byPlainName = new Map(fields.map((field) => [plain(field), field]));
  const words: Record<string, string> = {};
  for (const [, comment = '', property, className] of source.matchAll(documented)) {
    const text = comment
      .split('\n')
      .map((line) => line.replace(/^\s*\*\s?/, ''))
      .join(' ')
      .replace(/\\(['"`\\])/g, '$1')
      .replaceAll('*_/', '*/')
      .trim();
    if (text === '') continue;
    if (className !== undefined) {
      result.description = text;
      continue;
    }
    const field = byPlainName.get(plain(property!));
    if (field !== undefined) words[field] = text;
  }
  if (Object.keys(words).length > 0) result.fields = words;
  return result;
}
