import type { Errors } from '../../meta/field-checks.ts';
import { invalidValue } from '../../meta/field-error.ts';

const fileModeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';

/** File modes as volumes take them; none is fine. */
export function checkFileMode(mode: number | undefined, field: string, errors: Errors): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(invalidValue(field, mode, fileModeMessage));
}

/** True where an element of the path, between slashes, is `..`; `..data` and `a..b` are names like any other. */
export function hasBacksteps(path: string): boolean {
  return path.includes('..') && path.split('/').includes('..');
}

/** A path without `..` for an element. */
export function checkNoBacksteps(path: string, field: string, errors: Errors): void {
  if (hasBacksteps(path)) errors.push(invalidValue(field, path, "must not contain '..'"));
}

/** A relative path that stays below where it starts. */
export function checkDescendingPath(path: string, field: string, errors: Errors): void {
  if (path.startsWith('/')) errors.push(invalidValue(field, path, 'must be a relative path'));
  checkNoBacksteps(path, field, errors);
}

/** As checkDescendingPath; names that begin with two dots are for the kubelet's own files. */
export function checkVolumePath(path: string, field: string, errors: Errors): void {
  checkDescendingPath(path, field, errors);
  if (path.startsWith('..') && !path.startsWith('../'))
    errors.push(invalidValue(field, path, "must not start with '..'"));
}
