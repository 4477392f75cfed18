import type { FieldError } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { Pod, PodSpec } from '../../api/schema/generated/core-v1.ts';
import { handleGet } from '../rest/get.ts';
import { handlePatch } from '../rest/patch.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { handleUpdate } from '../rest/update.ts';
import type { UpdateStrategy } from '../rest/update-strategy.ts';
import type { Subresource } from './subresource.ts';

/** A subresource that is the pod itself, of which a write changes one part. */
export function podPart(options: {
  readonly name: string;
  /** Brings the part of `next` that may change into a copy of the old spec. */
  readonly take: (spec: PodSpec, next: PodSpec) => void;
  readonly validate: (next: Pod, old: Pod) => FieldError[];
}): Subresource {
  const strategy: UpdateStrategy = {
    subresource: options.name,
    allowsCreate: false,
    prepare: (next, old) => {
      const spec = structuredClone((old as unknown as Pod).spec!);
      options.take(spec, (next as unknown as Pod).spec!);
      const isChanged = JSON.stringify(spec) !== JSON.stringify(old['spec']);
      const { managedFields, resourceVersion, uid } = next.metadata;
      next.metadata = { ...old.metadata, managedFields, resourceVersion, uid } satisfies AnyObject['metadata'];
      if (!managedFields) delete next.metadata.managedFields;
      if (isChanged) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
      next['spec'] = spec;
      next['status'] = old['status'];
    },
    validate: (next, old) => options.validate(next as unknown as Pod, old as unknown as Pod),
    resetFields: [['status']],
  };
  return {
    name: options.name,
    handle: (deps, request) => {
      switch (request.http.method) {
        case 'GET':
          return handleGet(deps, request);
        case 'PUT':
          return handleUpdate(deps, request, { strategy });
        case 'PATCH':
          return handlePatch(deps, request, { strategy });
        default:
          throw methodNotAllowed();
      }
    },
  };
}
