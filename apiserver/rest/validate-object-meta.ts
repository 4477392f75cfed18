import { forbiddenField, invalidValue, required, tooLong, type FieldError } from '../../api/meta/field-error.ts';
import {
  isDns1123Label,
  isQualifiedName,
  isStandardFinalizer,
  isValidLabelValue,
  nameIsPathSegment,
  nameIsDnsSubdomain,
} from '../../api/meta/names.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { ObjectMeta, OwnerReference } from '../../api/schema/generated/meta-v1.ts';

type ValidateName = (name: string, prefixOnly: boolean) => string[];

const annotationsMaxBytes = 256 * 1024;
const field = (name: string): string => `metadata.${name}`;

/** What is wrong with the metadata of an object to be created. */
export function validateObjectMeta(row: ResourceRow, { metadata }: AnyObject): FieldError[] {
  return [
    ...validateAccessor(row, metadata, row.validateName ?? nameIsDnsSubdomain),
    ...validateFinalizerNames(row, metadata.finalizers),
  ];
}

/** What is wrong with the metadata of an update. Clients see most of it twice, as upstream checks twice. */
export function validateObjectMetaUpdate(
  row: ResourceRow,
  { metadata: next }: AnyObject,
  { metadata: old }: AnyObject,
): FieldError[] {
  return [
    ...validateAccessor(row, next, nameIsPathSegment),
    ...validateChange(next, old),
    ...(row.metadataRules?.checkedOnce ? [] : validateChange(next, old)),
    ...validateFinalizerNames(row, next.finalizers),
  ];
}

function validateAccessor(row: ResourceRow, metadata: ObjectMeta, validateName: ValidateName): FieldError[] {
  const errors: FieldError[] = [];
  const { name, generateName, namespace, generation } = metadata;
  if (generateName)
    for (const why of validateName(generateName, true))
      errors.push(invalidValue(field('generateName'), generateName, why));
  if (!name) errors.push(required(field('name'), 'name or generateName is required'));
  else for (const why of validateName(name, false)) errors.push(invalidValue(field('name'), name, why));
  if (row.scope === 'Namespaced') {
    if (!namespace) errors.push(required(field('namespace')));
    else for (const why of isDns1123Label(namespace)) errors.push(invalidValue(field('namespace'), namespace, why));
  } else if (namespace) errors.push(forbiddenField(field('namespace'), 'not allowed on this type'));
  if (generation !== undefined && generation < 0)
    errors.push(invalidValue(field('generation'), generation, 'must be greater than or equal to 0'));
  return [
    ...errors,
    ...validateLabels(metadata.labels, field('labels')),
    ...validateAnnotations(metadata.annotations, field('annotations')),
    ...validateOwnerReferences(metadata.ownerReferences ?? []),
    ...validateFinalizers(metadata.finalizers ?? []),
  ];
}

function validateChange(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const had = new Set(old.finalizers);
    const extra = (next.finalizers ?? []).filter((name) => !had.has(name)).sort();
    if (extra.length)
      errors.push(
        forbiddenField(
          field('finalizers'),
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${extra.map((name) => JSON.stringify(name)).join(', ')}}`,
        ),
      );
  }
  if (!next.resourceVersion) errors.push(invalidValue(field('resourceVersion'), '', 'must be specified for an update'));
  if ((next.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalidValue(field('generation'), next.generation ?? 0, 'must not be decremented'));
  for (const name of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const)
    if (next[name] !== old[name] && (next[name] || old[name]))
      errors.push(invalidValue(field(name), next[name], 'field is immutable'));
  return [
    ...errors,
    ...validateLabels(next.labels, field('labels')),
    ...validateAnnotations(next.annotations, field('annotations')),
    ...validateOwnerReferences(next.ownerReferences ?? []),
  ];
}

/** Keys and values of labels, at any path. */
export function validateLabels(labels: ObjectMeta['labels'], path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    for (const why of isQualifiedName(key)) errors.push(invalidValue(path, key, why));
    for (const why of isValidLabelValue(labels[key]!)) errors.push(invalidValue(path, labels[key], why));
  }
  return errors;
}

/** Keys and the total size of annotations. */
export function validateAnnotations(annotations: ObjectMeta['annotations'], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const key in annotations) {
    // Upper case has always been let through in keys of annotations.
    for (const why of isQualifiedName(key.toLowerCase())) errors.push(invalidValue(path, key, why));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (bytes > annotationsMaxBytes) errors.push(tooLong(path, annotationsMaxBytes));
  return errors;
}

/** Of `group/version`, or of `version` alone; empty where there is more than one slash. */
function versionOf(apiVersion: string): string {
  const [first = '', second, ...more] = apiVersion.split('/');
  return more.length > 0 ? '' : (second ?? first);
}

function validateOwnerReferences(owners: readonly OwnerReference[]): FieldError[] {
  const path = field('ownerReferences');
  const errors: FieldError[] = [];
  let controller = '';
  for (const owner of owners) {
    if (!versionOf(owner.apiVersion ?? ''))
      errors.push(invalidValue(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    for (const name of ['kind', 'name', 'uid'] as const)
      if (!owner[name]) errors.push(invalidValue(`${path}.${name}`, owner[name] ?? '', 'must not be empty'));
    if (owner.apiVersion === 'v1' && owner.kind === 'Event')
      errors.push(invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner'));
    if (!owner.controller) continue;
    const current = `${owner.kind}/${owner.name}`;
    if (controller)
      errors.push(
        invalidValue(
          path,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`,
        ),
      );
    else controller = current;
  }
  return errors;
}

function validateFinalizers(finalizers: readonly string[]): FieldError[] {
  const path = field('finalizers');
  const errors = finalizers.flatMap((name) => isQualifiedName(name).map((why) => invalidValue(path, name, why)));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(invalidValue(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  return errors;
}

function validateFinalizerNames(row: ResourceRow, finalizers: readonly string[] = []): FieldError[] {
  if (row.metadataRules?.anyFinalizer) return [];
  return finalizers.flatMap((name, index) =>
    name.includes('/') || isStandardFinalizer(name)
      ? []
      : [
          invalidValue(
            `${field('finalizers')}[${index}]`,
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
}
