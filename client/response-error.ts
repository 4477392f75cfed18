import { ApiError } from '../api/meta/errors.ts';
import type { Status } from '../api/schema/generated/meta-v1.ts';
import type { RawRequest } from './client.ts';

/** The ApiError of an answer: of the Status it carries, or of its code where a proxy or plain path answered. */
export function errorFrom(status: number, text: string, request: Pick<RawRequest, 'method' | 'path'>): ApiError {
  const parsed = parseStatus(text);
  if (parsed) return ApiError.fromStatus(parsed, status);
  const about = `${request.method} ${request.path}`;
  const message = text.trim().slice(0, 500) || `the server answered ${status}`;
  return new ApiError(reasonByCode[status] ?? (status >= 500 ? 'InternalError' : 'Unknown'), `${about}: ${message}`, {
    code: status,
  });
}

const reasonByCode: Readonly<Record<number, ApiError['reason']>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function parseStatus(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Status;
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An ERROR event; 410 in any wording is `Expired`, so that callers need one test. */
export function watchError(status: Status): ApiError {
  const error = ApiError.fromStatus(status, status.code ?? 500);
  if (error.code !== 410 || error.reason === 'Expired') return error;
  return new ApiError('Expired', error.message, { details: error.details });
}
