import type { FieldError } from '../../api/meta/field-error.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { handleGet } from '../rest/get.ts';
import { handlePatch } from '../rest/patch.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { handleUpdate } from '../rest/update.ts';
import type { UpdateStrategy } from '../rest/update-strategy.ts';
import type { Subresource } from './subresource.ts';

/** A subresource that is the pod itself, of which a write changes one part. */
export function podPart(options: {
  readonly name: string;
  /** Undoes what is not of the part; changes `next`. */
  readonly prepare: (next: Pod, old: Pod) => void;
  readonly validate: (next: Pod, old: Pod) => FieldError[];
}): Subresource {
  const strategy: UpdateStrategy = {
    subresource: options.name,
    allowsCreate: false,
    prepare: (next, old) => {
      options.prepare(asPod(next), asPod(old));
      if (!next.metadata.managedFields) delete next.metadata.managedFields;
      next.metadata.generation = old.metadata.generation ?? 0;
      if (!semanticEqual(next['spec'], old['spec'])) next.metadata.generation++;
    },
    validate: (next, old) => options.validate(asPod(next), asPod(old)),
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

function asPod(object: AnyObject): Pod {
  return object as unknown as Pod;
}
