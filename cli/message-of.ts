import { ApiError } from '../api/meta/errors.ts';
import { TransportError } from '../client/transport.ts';

/** What to tell the person at the terminal of a failure, worded as kubectl does. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return serverMessage(error);
  if (error instanceof TransportError && error.code === 'ECONNREFUSED') {
    const host = /https?:\/\/([^/\s]+?)(?=[/:]?\s|\/)/.exec(error.message)?.[1] ?? 'the server';
    return `The connection to the server ${host} was refused - did you specify the right host or port?`;
  }
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}

function serverMessage(error: ApiError): string {
  const { reason, details, message } = error;
  if (reason === 'Unauthorized') return 'error: You must be logged in to the server (Unauthorized)';
  if (reason === 'Invalid' && details?.kind && details.causes) {
    const about = `The ${details.kind} "${details.name ?? ''}" is invalid: `;
    const causes = details.causes.map((cause) => `${cause.field ? `${cause.field}: ` : ''}${cause.message ?? ''}`);
    return causes.length === 1 ? about + causes[0] : [about, ...causes.map((cause) => `* ${cause}`)].join('\n');
  }
  return `Error from server${reason === 'Unknown' ? '' : ` (${reason})`}: ${message}`;
}
