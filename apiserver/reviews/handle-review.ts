import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import { admit, validateAdmission } from '../rest/admit.ts';
import { matchNamespace } from '../rest/create.ts';
import { readObject } from '../rest/read-body.ts';
import { negotiateObject, respondObject } from '../rest/respond.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { writeOptionsOf } from '../rest/write-options.ts';
import type { Review } from './review.ts';

/** A create that stores nothing: reads, asks admission, answers. */
export async function handleReview(deps: RestDeps, request: RestRequest, review: Review): Promise<ApiResponse> {
  const { row, user, namespace } = request;
  const form = negotiateObject(deps, request);
  const options = writeOptionsOf(request, 'CreateOptions');
  const object = await readObject(deps.codec, request.http, row, {
    fieldValidation: options.fieldValidation,
    warnings: request.warnings,
  });
  if (row.scope === 'Cluster') delete object.metadata.namespace;
  matchNamespace(request, object);
  const managed = deps.fieldManager.update({
    typeName: row.typeName,
    apiVersion: apiVersionOf(row),
    live: undefined,
    next: object,
    manager: options.fieldManager,
    subresource: '',
    nowMs: deps.clock.now(),
  });
  const subject = { operation: 'CREATE', object: managed, dryRun: options.dryRun, options: options.options } as const;
  await admit(deps, request, subject);
  await validateAdmission(deps, request, subject);
  const answer = await review.answer({ object: managed, user, namespace }, deps);
  return respondObject(deps, request, form, answer, 201);
}
