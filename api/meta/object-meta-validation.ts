import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../schema/generated/meta-v1.ts';
import { addInvalid, checkImmutable, checkNotNegative, type Errors } from './field-checks.ts';
import { FieldError, forbiddenField, invalidValue, required } from './field-error.ts';
import { validateAnnotations, validateLabels } from './label-validation.ts';
import { isQualifiedName, nameIsDnsLabel } from './names.ts';

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  readonly validateName: (name: string, prefixOnly: boolean) => string[];
}

/** The metadata of a new object, its name already made where the client asked for one to be made. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules, path: string, errors: Errors): void {
  if (meta.generateName)
    addInvalid(rules.validateName(meta.generateName, true), `${path}.generateName`, meta.generateName, errors);
  if (!meta.name) errors.push(required(`${path}.name`, 'name or generateName is required'));
  else addInvalid(rules.validateName(meta.name, false), `${path}.name`, meta.name, errors);
  if (!rules.namespaced) {
    if (meta.namespace) errors.push(forbiddenField(`${path}.namespace`, 'not allowed on this type'));
  } else if (!meta.namespace) errors.push(required(`${path}.namespace`));
  else addInvalid(nameIsDnsLabel(meta.namespace, false), `${path}.namespace`, meta.namespace, errors);
  checkNotNegative(meta.generation, `${path}.generation`, errors);
  validateCommon(meta, path, errors);
  validateFinalizers(meta.finalizers, `${path}.finalizers`, errors);
  validateManagedFields(meta.managedFields, `${path}.managedFields`, errors);
  checkFinalizerDomains(meta.finalizers, undefined, `${path}.finalizers`, errors);
}

/** The metadata of an update; what the server fills in by itself is filled in already. */
export function validateObjectMetaUpdate(next: ObjectMeta, old: ObjectMeta, path: string, errors: Errors): void {
  if (old.deletionTimestamp) {
    const added = (next.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
    if (added.length > 0) {
      const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
      errors.push(
        forbiddenField(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
        ),
      );
    }
  }
  if (!next.resourceVersion)
    errors.push(invalidValue(`${path}.resourceVersion`, next.resourceVersion ?? '', 'must be specified for an update'));
  if ((next.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalidValue(`${path}.generation`, next.generation ?? 0, 'must not be decremented'));
  checkImmutable(next.name, old.name, `${path}.name`, errors);
  checkImmutable(next.namespace, old.namespace, `${path}.namespace`, errors);
  checkImmutable(next.uid, old.uid, `${path}.uid`, errors);
  checkImmutable(next.creationTimestamp, old.creationTimestamp, `${path}.creationTimestamp`, errors);
  checkImmutable(next.deletionTimestamp, old.deletionTimestamp, `${path}.deletionTimestamp`, errors);
  checkImmutable(
    next.deletionGracePeriodSeconds,
    old.deletionGracePeriodSeconds,
    `${path}.deletionGracePeriodSeconds`,
    errors,
  );
  validateCommon(next, path, errors);
  validateManagedFields(next.managedFields, `${path}.managedFields`, errors);
  checkFinalizerDomains(next.finalizers, old.finalizers, `${path}.finalizers`, errors);
}

function validateCommon(meta: ObjectMeta, path: string, errors: Errors): void {
  validateLabels(meta.labels, `${path}.labels`, errors);
  validateAnnotations(meta.annotations, `${path}.annotations`, errors);
  validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`, errors);
}

function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: string,
  errors: Errors,
): void {
  let controller: string | undefined;
  for (const reference of references ?? []) {
    validateOwnerReference(reference, path, errors);
    if (!reference.controller) continue;
    if (controller === undefined) controller = reference.name;
    else {
      errors.push(
        invalidValue(
          path,
          references,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${reference.name}`,
        ),
      );
    }
  }
}

function validateOwnerReference(reference: OwnerReference, path: string, errors: Errors): void {
  const { apiVersion = '', kind = '', name, uid } = reference;
  const slash = apiVersion.indexOf('/');
  const version = apiVersion.slice(slash + 1);
  if (!version) errors.push(invalidValue(`${path}.apiVersion`, apiVersion, 'version must not be empty'));
  if (!kind) errors.push(invalidValue(`${path}.kind`, '', 'must not be empty'));
  if (!name) errors.push(invalidValue(`${path}.name`, '', 'must not be empty'));
  if (!uid) errors.push(invalidValue(`${path}.uid`, '', 'must not be empty'));
  if (apiVersion === 'v1' && kind === 'Event')
    errors.push(invalidValue(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
}

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

function validateFinalizers(finalizers: readonly string[] | undefined, path: string, errors: Errors): void {
  if (!finalizers) return;
  for (const finalizer of finalizers) addInvalid(isQualifiedName(finalizer), path, finalizer, errors);
  if (finalizers.includes(orphan) && finalizers.includes(foreground))
    errors.push(invalidValue(path, finalizers, `finalizer ${orphan} and ${foreground} cannot be both set`));
}

/** Finalizers without a domain are Kubernetes' own. Those that an object has already stay. */
function checkFinalizerDomains(
  finalizers: readonly string[] | undefined,
  old: readonly string[] | undefined,
  path: string,
  errors: Errors,
): void {
  for (const [index, finalizer] of (finalizers ?? []).entries()) {
    if (old?.includes(finalizer) || finalizer.includes('/')) continue;
    if (finalizer === 'kubernetes' || finalizer === orphan || finalizer === foreground) continue;
    errors.push(
      invalidValue(
        `${path}[${index}]`,
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      ),
    );
  }
}

const managerMaxLength = 128;

function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, path: string, errors: Errors): void {
  for (const [index, { operation = '', fieldsType = '', manager = '', subresource }] of (entries ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (operation !== 'Apply' && operation !== 'Update')
      errors.push(invalidValue(`${at}.operation`, operation, 'must be `Apply` or `Update`'));
    if (fieldsType !== '' && fieldsType !== 'FieldsV1')
      errors.push(invalidValue(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
    validateFieldManager(manager, `${at}.manager`, errors);
    if (subresource && Buffer.byteLength(subresource) > 256)
      errors.push(new FieldError('FieldValueTooLong', `${at}.subresource`, '', 'may not be more than 256 bytes'));
  }
}

/** The name under which a client keeps account of its fields: printable, at most 128 bytes. */
export function validateFieldManager(manager: string, path: string, errors: Errors): void {
  if (Buffer.byteLength(manager) > managerMaxLength)
    errors.push(new FieldError('FieldValueTooLong', path, '', `may not be more than ${managerMaxLength} bytes`));
  for (const [index, character] of [...manager].entries()) {
    if (/\p{C}|\p{Zl}|\p{Zp}|[^\P{Zs} ]/u.test(character)) {
      errors.push(
        invalidValue(
          path,
          manager,
          `invalid character U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} (at position ${index})`,
        ),
      );
    }
  }
}
