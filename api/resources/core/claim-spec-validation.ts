import { checkQuantityPositive, checkSubdomain, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { jsonEqual } from '../../meta/equality.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import type {
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
  TypedObjectReference,
} from '../../schema/generated/core-v1.ts';

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

/** What is asked for by a claim, or by the template of one. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string, errors: Errors): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  if (spec.selector) validateLabelSelector(spec.selector, `${path}.selector`, errors);
  validateAccessModes(modes, `${path}.accessModes`, errors);
  const storage = spec.resources?.requests?.['storage'];
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`));
  else checkQuantityPositive(storage, `${path}.resources[storage]`, errors);
  if (spec.storageClassName) checkSubdomain(spec.storageClassName, `${path}.storageClassName`, errors);
  if (spec.volumeMode !== undefined && !volumeModes.includes(spec.volumeMode))
    errors.push(unsupported(`${path}.volumeMode`, spec.volumeMode, volumeModes));
  validateDataSources(spec, path, errors);
  if (spec.volumeAttributesClassName)
    checkSubdomain(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`, errors);
}

/**
 * Each mode is known, and ReadWriteOncePod stands alone; errors name the list, `path`, not an index. No mode at all is
 * fine here: whether one is needed, and in what words, is for the caller to say.
 */
export function validateAccessModes(modes: readonly string[], path: string, errors: Errors): void {
  for (const mode of modes) if (!accessModes.includes(mode)) errors.push(unsupported(path, mode, accessModes));
  if (
    modes.includes('ReadWriteOncePod') &&
    modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))
  )
    errors.push(forbiddenField(path, 'may not use ReadWriteOncePod with other access modes'));
}

/** What upstream shows of the path that it gives as the wrong value: a struct whose fields are its own. */
const shownPath = {};

function validateDataSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
  errors: Errors,
): void {
  if (dataSource) validateDataSource(dataSource, `${path}.dataSource`, errors);
  if (dataSourceRef) validateDataSource(dataSourceRef, `${path}.dataSourceRef`, errors);
  if (!dataSource || !dataSourceRef) return;
  if (dataSourceRef.namespace) {
    const why = 'may not be specified when dataSourceRef.namespace is specified';
    errors.push(invalidValue(path, shownPath, why));
  } else if (!isSameSource(dataSource, dataSourceRef)) {
    errors.push(invalidValue(path, shownPath, 'must match dataSourceRef'));
  }
}

function isSameSource(source: TypedLocalObjectReference, reference: TypedObjectReference): boolean {
  const part = ({ apiGroup, kind, name }: TypedLocalObjectReference): unknown => ({ apiGroup, kind, name });
  return jsonEqual(part(source), part(reference));
}

function validateDataSource(source: TypedLocalObjectReference, path: string, errors: Errors): void {
  const { apiGroup, kind, name } = source;
  if (!name) errors.push(required(`${path}.name`));
  if (!kind) errors.push(required(`${path}.kind`));
  if (!apiGroup && kind !== 'PersistentVolumeClaim')
    errors.push(
      invalidValue(path, kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup"),
    );
  if (apiGroup) checkSubdomain(apiGroup, `${path}.apiGroup`, errors);
}
