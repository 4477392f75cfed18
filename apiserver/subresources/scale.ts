import { entriesOfParent, entriesOfScale, type ReplicasPaths } from '../../api/apply/scale-entries.ts';
import { invalidValue } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { ageColumn, nameColumn } from '../../api/resources/columns.ts';
import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import type { Scale } from '../../api/schema/generated/autoscaling-v1.ts';
import { readEntry } from '../rest/get.ts';
import { requestForView, type ObjectView } from '../rest/object-view.ts';
import { handlePatch } from '../rest/patch.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { negotiateObject, respondObject, viewOf } from '../rest/respond.ts';
import { handleUpdate } from '../rest/update.ts';
import { mainStrategy, type UpdateStrategy } from '../rest/update-strategy.ts';
import type { Subresource } from './subresource.ts';

/** The replicas of an object that has some, in the one kind that autoscalers and `kubectl scale` know. */
export const scaleSubresource: Subresource = {
  name: 'scale',
  serves: (row) => row.scale !== undefined,
  handle: async (deps, request) => {
    const view = scaleView(request.row);
    const target = { view, strategy: scaleStrategy(request.row) };
    switch (request.http.method) {
      case 'GET': {
        const form = negotiateObject(deps, request);
        const entry = await readEntry(deps, request);
        const object = viewOf(request, deps.objects.parse({ value: entry.value, modRevision: entry.modRevision }));
        return respondObject(deps, requestForView(request, view), form, view.show(object));
      }
      case 'PUT':
        return handleUpdate(deps, request, target);
      case 'PATCH':
        return handlePatch(deps, request, target);
      default:
        throw methodNotAllowed();
    }
  },
};

/** As a write of the object itself: what else a view can change is nothing. */
function scaleStrategy(row: ResourceRow): UpdateStrategy {
  return { ...mainStrategy(row), subresource: 'scale', allowsCreate: false };
}

const scaleType = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  typeName: 'io.k8s.api.autoscaling.v1.Scale',
} as const;

const scaleColumns = [
  nameColumn,
  {
    name: 'Desired',
    type: 'integer',
    description: 'replicas is the desired number of instances for the scaled object.',
    cell: ({ spec }: Scale) => spec?.replicas ?? 0,
  },
  {
    name: 'Available',
    type: 'integer',
    description: 'replicas is the actual number of observed instances of the scaled object.',
    cell: ({ status }: Scale) => status?.replicas ?? 0,
  },
  ageColumn,
] as unknown as ResourceRow['columns'];

function scaleView(row: ResourceRow): ObjectView {
  const paths: ReplicasPaths = { [apiVersionOf(row)]: ['spec', 'replicas'] };
  const scale = row.scale!;
  const show = (object: AnyObject): AnyObject => {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
    const selector = scale.selector(object);
    const shown: Scale = {
      kind: scaleType.kind,
      apiVersion: apiVersionOf(scaleType),
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: withoutZero('replicas', scale.specReplicas(object)),
      status: { replicas: scale.statusReplicas(object), ...(selector ? { selector } : {}) },
    };
    return shown as AnyObject;
  };
  return {
    type: scaleType,
    columns: scaleColumns,
    show,
    showManaged: (object) => {
      const shown = show(object);
      const managedFields = entriesOfScale(object.metadata.managedFields, paths);
      if (managedFields) shown.metadata.managedFields = managedFields;
      return shown;
    },
    take: (view, object) => {
      scale.setSpecReplicas(object, (view as Scale).spec?.replicas ?? 0);
      const { metadata } = object;
      const entries = entriesOfParent(metadata.managedFields, view.metadata.managedFields, {
        paths,
        apiVersion: apiVersionOf(row),
      });
      if (entries) metadata.managedFields = entries;
      else delete metadata.managedFields;
    },
    validate: (view) => {
      const replicas = (view as Scale).spec?.replicas ?? 0;
      return replicas < 0 ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')] : [];
    },
  };
}

function withoutZero<K extends string>(field: K, value: number): Partial<Record<K, number>> {
  return value ? ({ [field]: value } as Record<K, number>) : {};
}
