import type { AnyObject } from '../../api/meta/object.ts';
import { toYaml } from '../../component/yaml.ts';
import { qualifiedSingular } from '../resource-args.ts';
import { printJsonPath } from './jsonpath-template.ts';

/** The ways to print whole objects; tables are the others. */
export type ObjectFormat = (objects: readonly AnyObject[], isList: boolean) => string;

/** The printer of `-o`: undefined for a table. Throws where there is no such format. */
export function objectFormat(
  output: string | undefined,
  options: { readonly showManagedFields?: boolean } = {},
): ObjectFormat | undefined {
  if (output === undefined || output === '' || output === 'wide') return undefined;
  const whole = (objects: readonly AnyObject[], isList: boolean): unknown => {
    const shown = options.showManagedFields ? objects : objects.map(withoutManagedFields);
    return isList ? { apiVersion: 'v1', items: shown, kind: 'List', metadata: { resourceVersion: '' } } : shown[0];
  };
  if (output === 'json')
    return (objects, isList) => `${JSON.stringify(sorted(whole(objects, isList)), undefined, 4)}\n`;
  if (output === 'yaml') return (objects, isList) => toYaml(whole(objects, isList));
  if (output === 'name') return (objects) => objects.map((object) => `${nameOf(object)}\n`).join('');
  const template = /^jsonpath=([\s\S]*)$/.exec(output)?.[1];
  if (template !== undefined) return (objects, isList) => printJsonPath(template, whole(objects, isList));
  throw new Error(
    `unable to match a printer suitable for the output format "${output}", allowed formats are: json,jsonpath,name,wide,yaml`,
  );
}

/** `deployment.apps/web` */
export function nameOf(object: AnyObject): string {
  const apiVersion = object.apiVersion ?? 'v1';
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return `${qualifiedSingular({ kind: object.kind ?? '', group })}/${object.metadata.name}`;
}

function withoutManagedFields(object: AnyObject): AnyObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Keys in the order of the alphabet, as kubectl prints them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
