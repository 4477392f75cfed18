import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

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

/** One GET of a health path: good is 200 within two seconds. */
export function probe(url: string, tls: ProbeTls): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const target = new URL(url);
    const onError = (error: NodeJS.ErrnoException): void => resolve({ ok: false, why: error.code ?? error.message });
    const read = (file: string | undefined): Buffer | undefined => (file ? readFileSync(file) : undefined);
    let options: { timeout: number; ca?: Buffer; cert?: Buffer; key?: Buffer } = { timeout: 2_000 };
    try {
      if (target.protocol === 'https:')
        options = { ...options, ca: read(tls.caFile), cert: read(tls.certificateFile), key: read(tls.keyFile) };
    } catch (error) {
      onError(error as NodeJS.ErrnoException);
      return;
    }
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(target, { ...options, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString().split('\n')[0] ?? '';
        resolve({ ok: response.statusCode === 200, why: `${response.statusCode} ${body.slice(0, 200)}` });
      });
      response.on('error', onError);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 2 s')));
    request.on('error', onError);
    request.end();
  });
}
