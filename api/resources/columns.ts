import { timeSince } from '../meta/printers.ts';
import type { KubeObject } from '../meta/object.ts';
import type { Container } from '../schema/generated/core-v1.ts';
import type { Column } from './define-resource.ts';

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';

const createdDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

/** The object's name, the first column of nearly every table. */
export const nameColumn: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: nameDescription,
  cell: (object) => object.metadata.name ?? '',
};

/** How long ago the object was created. */
export const ageColumn: Column<KubeObject> = {
  name: 'Age',
  type: 'string',
  description: createdDescription,
  cell: (object, nowMs) => timeSince(object.metadata.creationTimestamp, nowMs),
};

/** The creation time itself. */
const createdAtColumn: Column<KubeObject> = {
  name: 'Created At',
  type: 'date',
  description: createdDescription,
  cell: (object) => object.metadata.creationTimestamp ?? '',
};

/** The columns of a resource that has no printer of its own. */
export const defaultColumns: readonly Column<KubeObject>[] = [nameColumn, createdAtColumn];

/** The wide columns of everything with a pod template: names and images of its containers. */
export function containerColumns<T>(containersOf: (object: T) => readonly Container[] | undefined): Column<T>[] {
  return [
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      description: 'Names of each container in the template.',
      cell: (object) => (containersOf(object) ?? []).map((c) => c.name).join(','),
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      description: 'Images referenced by each container in the template.',
      cell: (object) => (containersOf(object) ?? []).map((c) => c.image ?? '').join(','),
    },
  ];
}

/** The columns of a version that is stored as another one: what those show of the object in that form. */
export function columnsVia<T, U>(columns: readonly Column<U>[], convert: (object: T) => U): Column<T>[] {
  return columns.map((column) => ({ ...column, cell: (object, nowMs) => column.cell(convert(object), nowMs) }));
}
