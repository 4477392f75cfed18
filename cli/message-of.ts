import { ApiError } from '../api/meta/errors.ts';

/** One line for the person at the terminal, worded as kubectl does for what the server refused. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return `Error from server (${error.reason}): ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
