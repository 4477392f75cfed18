import type { ControllerRevision } from '../../schema/generated/apps-v1.ts';
import { none } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { checkImmutable, checkNotNegative } from '../../meta/field-checks.ts';
import { required, type FieldError } from '../../meta/field-error.ts';
import { defineResource } from '../define-resource.ts';

export const controllerRevisions = defineResource<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.apps.v1.ControllerRevision',
  storagePrefix: 'controllerrevisions',
  storageVersionHash: '85nkx63pcBU=',
  setDefaults: setControllerRevisionDefaults,
  validate: validateRevision,
  validateUpdate: validateRevisionUpdate,
  columns: [
    nameColumn,
    {
      name: 'Controller',
      type: 'string',
      description: 'Controller of the object',
      cell: formatController,
    },
    {
      name: 'Revision',
      type: 'string',
      description: 'Revision indicates the revision of the state represented by Data.',
      cell: (revision) => revision.revision,
    },
    ageColumn,
  ],
});

function formatController({ metadata }: ControllerRevision): string {
  const controller = metadata.ownerReferences?.find((reference) => reference.controller);
  if (!controller) return none;
  const [group, version] = controller.apiVersion.split('/');
  return (
    `${version === undefined ? controller.kind : `${controller.kind}.${group}`}`.toLowerCase() + `/${controller.name}`
  );
}

function setControllerRevisionDefaults(revision: ControllerRevision): void {
  revision.revision ??= 0;
}

function validateRevision({ data, revision }: ControllerRevision): FieldError[] {
  const errors: FieldError[] = [];
  if (data === undefined || data === null) errors.push(required('data', 'data is mandatory'));
  checkNotNegative(revision, 'revision', errors);
  return errors;
}

/** A revision is a fact of the past: only its number may change. */
function validateRevisionUpdate(next: ControllerRevision, old: ControllerRevision): FieldError[] {
  const errors = validateRevision(next);
  checkImmutable(next.data, old.data, 'data', errors);
  return errors;
}
