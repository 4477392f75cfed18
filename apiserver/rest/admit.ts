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

/** What admission is asked about a subject of a request. */
export function admissionRequestOf(request: RestRequest, subject: AdmissionSubject): AdmissionRequest {
  return new SubjectRequest(request, subject);
}

class SubjectRequest implements AdmissionRequest {
  readonly operation: Operation;
  readonly row: AdmissionRequest['row'];
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: AdmissionRequest['user'];
  readonly dryRun: boolean;
  readonly object: AnyObject | undefined;
  readonly oldObject: AnyObject | undefined;
  readonly options: AdmissionSubject['options'];
  readonly #request: RestRequest;

  constructor(request: RestRequest, subject: AdmissionSubject) {
    this.operation = subject.operation;
    this.row = request.row;
    this.subresource = request.info.subresource;
    this.namespace = request.namespace;
    this.name = subject.name ?? request.name;
    this.user = request.user;
    this.dryRun = subject.dryRun;
    this.object = subject.object;
    this.oldObject = subject.oldObject;
    this.options = subject.options;
    this.#request = request;
  }

  warn(text: string): void {
    this.#request.warnings.push(text);
  }

  annotate(key: string, value: string): void {
    this.#request.http.trail?.annotate(key, value);
  }
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
