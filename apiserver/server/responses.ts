import type { ApiError } from '../../api/meta/errors.ts';
import { jsonToYaml } from '../../api/schema/yaml.ts';
import type { ApiResponse } from '../request.ts';
import { mediaTypes, plainFormat, type Format } from './formats.ts';

export const jsonType = 'application/json';
export const textType = 'text/plain; charset=utf-8';

/** An answer of these bytes. */
export function bytesResponse(status: number, contentType: string, ...chunks: Uint8Array[]): ApiResponse {
  return { status, headers: { 'content-type': contentType }, body: { kind: 'bytes', chunks } };
}

/** Upstream ends every JSON body with a line feed. */
export function jsonResponse(status: number, value: unknown): ApiResponse {
  return bytesResponse(status, jsonType, Buffer.from(`${JSON.stringify(value)}\n`));
}

/** An answer in plain text. */
export function textResponse(status: number, text: string): ApiResponse {
  return bytesResponse(status, textType, Buffer.from(text));
}

/** The Status of a failure in the format that `accept` asks for; as JSON where it takes none that is offered. */
export function errorResponse(
  error: ApiError,
  accept?: string | string[],
  encodeProtobuf?: (status: object) => Buffer,
): ApiResponse {
  const response = statusResponse(error, plainFormat(accept), encodeProtobuf);
  const retryAfter = error.details?.retryAfterSeconds;
  if (retryAfter) response.headers['retry-after'] = String(retryAfter);
  return response;
}

function statusResponse(
  error: ApiError,
  format: Format | undefined,
  encodeProtobuf: ((status: object) => Buffer) | undefined,
): ApiResponse {
  const status = error.toStatus();
  if (format === 'yaml') return bytesResponse(error.code, mediaTypes.yaml, Buffer.from(jsonToYaml(status)));
  if (format === 'protobuf' && encodeProtobuf)
    return bytesResponse(error.code, mediaTypes.protobuf, encodeProtobuf(status));
  return jsonResponse(error.code, status);
}

/** What upstream's filters answer when they turn a request away: plain text, which clients read as reason TooManyRequests. */
export function tooManyRequests(retryAfterSeconds: number): ApiResponse {
  const response = textResponse(429, 'Too many requests, please try again later.\n');
  response.headers['retry-after'] = String(retryAfterSeconds);
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
}

/** What Go's mux answers for a path nobody serves. */
export function pageNotFound(): ApiResponse {
  const response = textResponse(404, '404 page not found\n');
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
}
