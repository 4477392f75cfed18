import { ApiError } from '../../api/meta/errors.ts';

/** A connection to a kubelet or a backend that could not be made or broke before an answer. `message` is in Go's words. */
export class ConnectionError extends Error {
  constructor(cause: Error, at: { readonly host: string; readonly port: number }) {
    super(wordsOf(cause, at), { cause });
    this.name = 'ConnectionError';
  }
}

/** What the kernel says, in the words of Go's `syscall.Errno`. */
const errnoWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ECONNRESET: 'connection reset by peer',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
};

function wordsOf(cause: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): string {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  // Several addresses of one name were tried: the last one's failure tells as much as any.
  const error = cause instanceof AggregateError ? (cause.errors.at(-1) as NodeJS.ErrnoException) : cause;
  const code = error.code ?? '';
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${host}: Temporary failure in name resolution`;
  if (code === 'ETIMEDOUT') return `dial tcp ${address}: i/o timeout`;
  if (code === 'ECONNRESET' && error.syscall === undefined) return 'EOF';
  const words = errnoWords[code];
  if (words !== undefined)
    return error.syscall === 'connect'
      ? `dial tcp ${address}: connect: ${words}`
      : `read tcp ${address}: read: ${words}`;
  if (code.startsWith('ERR_TLS') || /CERT|SIGNATURE|ISSUER/.test(code))
    return `tls: failed to verify certificate: x509: ${error.message}`;
  return error.message;
}

/** The bare text with code 500: what upstream makes of errors that it has no words of its own for. */
export function unknownError(message: string, cause?: unknown): ApiError {
  return new ApiError('Unknown', message, { code: 500, cause });
}
