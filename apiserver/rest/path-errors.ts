import { ApiError } from '../../api/meta/errors.ts';

/** What upstream answers where nothing is served at a path. */
export function resourceNotFound(): ApiError {
  return new ApiError('NotFound', 'the server could not find the requested resource', { details: {} });
}

/** 405, for a path that is there and does not know the method. */
export function methodNotAllowed(): ApiError {
  return new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  });
}

/** What upstream's router answers before a handler is asked, where a path never has what `Accept` takes. */
export function noRepresentation(available: string): ApiError {
  return new ApiError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${available}`, {
    details: {},
  });
}
