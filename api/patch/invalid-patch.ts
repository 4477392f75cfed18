import { ApiError } from '../meta/errors.ts';
import { invalidValue } from '../meta/field-error.ts';

/**
 * 422 for a patch whose result is no object of its type. `shown` is what upstream quotes: the patched document as JSON
 * for JSON and merge patches, the patch as Go prints a map for strategic ones. `why` is the decoder's complaint.
 */
export function invalidPatch(shown: string, why: string): ApiError {
  const error = invalidValue('patch', shown, why);
  return new ApiError('Invalid', ` "" is invalid: ${error.toString()}`, {
    details: { causes: [{ reason: error.type, message: error.detailMessage(), field: error.field }] },
  });
}
