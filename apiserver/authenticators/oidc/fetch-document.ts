import { createHttpsTransport } from '../../../client/https-transport.ts';
import type { Deps } from '../../../component/deps.ts';
import { withTimeLimit } from '../../../component/time-limit.ts';

const timeoutMs = 30_000;
/** Documents of issuers have some kilobytes. */
const maxBytes = 1 << 20;

export interface FetchOptions {
  /** PEM of the authorities to believe; the system's where there is none. */
  readonly certificateAuthority?: string;
  /** A bearer token to show. */
  readonly accessToken?: string;
  readonly signal?: AbortSignal;
}

/** The JSON at an https URL. Rejects where there is none. */
export async function fetchJson(url: string, options: FetchOptions, deps: Pick<Deps, 'clock'>): Promise<unknown> {
  return JSON.parse(await fetchDocument(url, options, deps));
}

/** The text at an https URL, half a minute and a megabyte at the most. Rejects where there is none. */
export async function fetchDocument(url: string, options: FetchOptions, deps: Pick<Deps, 'clock'>): Promise<string> {
  const { origin, pathname, search } = new URL(url);
  const transport = createHttpsTransport({
    server: origin,
    certificateAuthority: options.certificateAuthority,
    answerTimeoutMs: timeoutMs,
    deps,
  });
  const { accessToken } = options;
  const headers = { accept: '*/*', ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}) };
  const reason = (): Error => new Error(`no answer within ${timeoutMs / 1000}s`);
  const limit = { clock: deps.clock, ms: timeoutMs, reason, signal: options.signal };
  return withTimeLimit(limit, async (signal) => {
    const response = await transport.request({ method: 'GET', path: pathname + search, headers, signal });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      chunks.push(chunk);
      if ((bytes += chunk.length) > maxBytes) throw new Error(`${url}: the answer is too long`);
    }
    const text = Buffer.concat(chunks).toString();
    if (response.status !== 200) throw new Error(`${url}: ${response.status}: ${text.slice(0, 200)}`);
    return text;
  }).finally(() => transport.close());
}
