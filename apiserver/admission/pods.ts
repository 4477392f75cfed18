import type { AdmissionRequest } from './admission.ts';

type Row = Pick<AdmissionRequest['row'], 'group' | 'plural'>;

/** Is the row that of pods? */
export function isPod(row: Row): boolean {
  return row.group === '' && row.plural === 'pods';
}

/** Is the row this built-in resource, in whatever version? */
export function isResource(row: Row, group: string, plural: string): boolean {
  return row.plural === plural && row.group === group;
}
