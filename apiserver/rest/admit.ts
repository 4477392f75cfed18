import type { AnyObject } from '../../api/meta/object.ts';
import type { AdmissionRequest, Operation } from '../admission/admission.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

export interface AdmissionSubject {
  readonly operation: Operation;
  readonly object?: AnyObject;
  readonly oldObject?: AnyObject;
  readonly dryRun: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly name?: string;
}

export function admissionRequestOf(request: RestRequest, subject: AdmissionSubject): AdmissionRequest {
  return {
    operation: subject.operation,
    row: request.row,
    subresource: request.info.subresource,
    namespace: request.namespace,
    name: subject.name ?? request.name,
    user: request.user,
    dryRun: subject.dryRun,
    object: subject.object,
    oldObject: subject.oldObject,
    options: subject.options,
    warn: (text) => void request.warnings.push(text),
    annotate: (key, value) => request.http.trail?.annotate(key, value),
  };
}

/** Lets admission change the object, in place. @throws ApiError where it refuses */
export async function admit(deps: RestDeps, request: RestRequest, subject: AdmissionSubject): Promise<void> {
  if (deps.admission.handles({ operation: subject.operation, row: request.row, subresource: request.info.subresource }))
    await deps.admission.admit(admissionRequestOf(request, subject));
}

/** Asks admission about the final object. @throws ApiError where it refuses */
export async function validateAdmission(
  deps: RestDeps,
  request: RestRequest,
  subject: AdmissionSubject,
): Promise<void> {
  if (deps.admission.handles({ operation: subject.operation, row: request.row, subresource: request.info.subresource }))
    await deps.admission.validate(admissionRequestOf(request, subject));
}
