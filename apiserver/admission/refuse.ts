import { ApiError, forbidden } from '../../api/meta/errors.ts';
import type { StatusCause } from '../../api/schema/generated/meta-v1.ts';
import type { AdmissionRequest } from './admission.ts';

/** The 403 of a plugin: `pods "x" is forbidden: why`. An object without a name yet goes by its generateName. */
export function refuse(request: AdmissionRequest, why: string, causes: readonly StatusCause[] = []): ApiError {
  const error = forbidden(request.row, nameOf(request), why);
  if (!causes.length) return error;
  return new ApiError('Forbidden', error.message, { details: { ...error.details, causes: [...causes] } });
}

/** The name as upstream's admission messages know it. */
export function nameOf({ name, object }: Pick<AdmissionRequest, 'name' | 'object'>): string {
  return name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown';
}
