import type { Errors } from '../../meta/field-checks.ts';
import { invalidValue } from '../../meta/field-error.ts';
import { isDns1035Label } from '../../meta/names.ts';
import type { CustomResourceDefinitionNames } from '../../schema/generated/apiextensions-v1.ts';

/** Names of a custom resource: those that are given fit into paths, and tell an object from a list. */
export function validateDefinitionNames(names: CustomResourceDefinitionNames, path: string, errors: Errors): void {
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names;
  checkLabel(plural, `${path}.plural`, errors);
  checkLabel(singular, `${path}.singular`, errors);
  checkKind(kind, `${path}.kind`, errors);
  checkKind(listKind, `${path}.listKind`, errors);
  for (const [index, name] of shortNames.entries()) checkEntry(name, `${path}.shortNames[${index}]`, errors);
  if (kind && kind === listKind)
    errors.push(invalidValue(`${path}.listKind`, listKind, 'kind and listKind may not be the same'));
  for (const [index, name] of categories.entries()) checkEntry(name, `${path}.categories[${index}]`, errors);
}

function checkEntry(name: string, field: string, errors: Errors): void {
  const why = isDns1035Label(name);
  if (why.length > 0) errors.push(invalidValue(field, name, why.join(',')));
}

function checkLabel(name: string | undefined, field: string, errors: Errors): void {
  if (name) checkEntry(name, field, errors);
}

function checkKind(kind: string | undefined, field: string, errors: Errors): void {
  const why = kind ? isDns1035Label(kind.toLowerCase()) : [];
  if (why.length === 0) return;
  errors.push(invalidValue(field, kind, `may have mixed case, but should otherwise match: ${why.join(',')}`));
}
