import type { AnyObject } from '../../api/meta/object.ts';
import type { ApiResponse } from '../request.ts';
import { admit, validateAdmission } from '../rest/admit.ts';
import { matchNamespace } from '../rest/create.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { readObject, type BodyType } from '../rest/read-body.ts';
import { negotiateObject, respondValue } from '../rest/respond.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { writeOptionsOf, type WriteOptions } from '../rest/write-options.ts';

/**
 * A POST that makes something happen and answers a Status of success: reads the body, asks admission, acts.
 *
 * @throws ApiError MethodNotAllowed, BadRequest where the body names another namespace, what reading and admission throw,
 * and what `act` throws
 */
export async function handleAction(
  deps: RestDeps,
  request: RestRequest,
  type: BodyType,
  act: (body: AnyObject, options: WriteOptions) => Promise<void>,
): Promise<ApiResponse> {
  if (request.http.method !== 'POST') throw methodNotAllowed();
  const form = negotiateObject(deps, request);
  const options = writeOptionsOf(request, 'CreateOptions');
  const body = await readObject(deps.codec, request.http, type, {
    fieldValidation: options.fieldValidation,
    warnings: request.warnings,
  });
  matchNamespace(request, body);
  const subject = { operation: 'CREATE', object: body, dryRun: options.dryRun, options: options.options } as const;
  await admit(deps, request, subject);
  await validateAdmission(deps, request, subject);
  await act(body, options);
  return respondValue(
    deps,
    form,
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
    201,
  );
}
