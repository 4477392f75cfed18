import type { ApiError } from '../../api/meta/errors.ts';
import { jsonToYaml } from '../../api/schema/yaml.ts';
import type { ApiResponse } from '../request.ts';

export const jsonType = 'application/json';
export const textType = 'text/plain; charset=utf-8';

export function bytesResponse(status: number, contentType: string, ...chunks: Uint8Array[]): ApiResponse {
  return { status, headers: { 'content-type': contentType }, body: { kind: 'bytes', chunks } };
}

/** Upstream ends every JSON body with a line feed. */
export function jsonResponse(status: number, value: unknown): ApiResponse {
  return bytesResponse(status, jsonType, Buffer.from(`${JSON.stringify(value)}\n`));
}

export function textResponse(status: number, text: string): ApiResponse {
  return bytesResponse(status, textType, Buffer.from(text));
}

/** The Status of a failure, as YAML for who wants nothing else. */
export function errorResponse(error: ApiError, accept?: string | string[]): ApiResponse {
  const response =
    typeof accept === 'string' && accept.startsWith('application/yaml')
      ? bytesResponse(error.code, 'application/yaml', Buffer.from(jsonToYaml(error.toStatus())))
      : jsonResponse(error.code, error.toStatus());
  const retryAfter = error.details?.retryAfterSeconds;
  if (retryAfter) response.headers['retry-after'] = String(retryAfter);
  return response;
}

/** What Go's mux answers for a path nobody serves. */
export function pageNotFound(): ApiResponse {
  const response = textResponse(404, '404 page not found\n');
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
}
