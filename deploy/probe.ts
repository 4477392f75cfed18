import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';

export interface ProbeResult {
  readonly ok: boolean;
  /** What was wrong: the HTTP status with the first line of the body, or the error of the connection. */
  readonly why: string;
}

/** Files for HTTPS: the authority that must have signed the server's certificate, and the client's own pair. */
export interface ProbeTls {
  readonly caFile: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
}

/** An answer, or why there was none. */
export type Fetched =
  | { readonly answered: true; readonly status: number; readonly date?: string; readonly body: string }
  | { readonly answered: false; readonly why: string };

/** One GET of a health path: good is 200 within two seconds. */
export async function probe(url: string, tls: ProbeTls): Promise<ProbeResult> {
  const answer = await fetchOnce(url, tls);
  if (!answer.answered) return { ok: false, why: answer.why };
  const firstLine = answer.body.split('\n')[0] ?? '';
  return { ok: answer.status === 200, why: `${answer.status} ${firstLine.slice(0, 200)}` };
}

/** One GET on a connection of its own, within two seconds of silence. Never rejects. */
export function fetchOnce(url: string, tls: ProbeTls): Promise<Fetched> {
  return new Promise((resolve) => {
    const target = new URL(url);
    const onError = (error: NodeJS.ErrnoException): void =>
      resolve({ answered: false, why: error.code ?? error.message });
    const read = (file: string | undefined): Buffer | undefined => (file ? readFileSync(file) : undefined);
    let options: RequestOptions = { timeout: 2_000, agent: false };
    try {
      if (target.protocol === 'https:')
        options = { ...options, ca: read(tls.caFile), cert: read(tls.certificateFile), key: read(tls.keyFile) };
    } catch (error) {
      onError(error as NodeJS.ErrnoException);
      return;
    }
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(target, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          answered: true,
          status: response.statusCode ?? 500,
          date: response.headers.date,
          body: Buffer.concat(chunks).toString(),
        }),
      );
      response.on('error', onError);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 2 s')));
    request.on('error', onError);
    request.end();
  });
}
