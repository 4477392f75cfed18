import type { Request, Response } from 'express';
import type { Deps } from '../../component/deps.ts';
import type { Kubelet } from '../kubelet.ts';
import type { LogOptions } from '../runtime/container-runtime.ts';
import { loggedContainer, RequestError } from './find-container.ts';

export interface LogQuery extends LogOptions {
  readonly previous: boolean;
  readonly limitBytes?: number;
  readonly streams: ReadonlySet<'stdout' | 'stderr'>;
}

/** Reads a query of `PodLogOptions`. Throws RequestError for values that mean nothing. */
function parseLogQuery(query: URLSearchParams, nowMs: number): LogQuery {
  const integer = (name: string, min: number): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    const value = Number(text);
    if (!Number.isInteger(value) || value < min)
      throw new RequestError(422, `${name}: invalid value ${JSON.stringify(text)}`);
    return value;
  };
  const flag = (name: string): boolean => ['1', 't', 'true'].includes((query.get(name) ?? '').toLowerCase());
  const sinceSeconds = integer('sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  const sinceTimeMs = sinceTime ? Date.parse(sinceTime) : undefined;
  if (sinceTimeMs !== undefined && Number.isNaN(sinceTimeMs)) throw new RequestError(422, 'sinceTime: invalid value');
  if (sinceSeconds !== undefined && sinceTimeMs !== undefined) {
    throw new RequestError(422, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  const stream = query.get('stream') || 'All';
  const streams = { All: ['stdout', 'stderr'], Stdout: ['stdout'], Stderr: ['stderr'] }[stream];
  if (!streams) throw new RequestError(422, `stream: invalid value ${JSON.stringify(stream)}`);
  const sinceMs = sinceSeconds === undefined ? sinceTimeMs : nowMs - sinceSeconds * 1000;
  const tailLines = integer('tailLines', 0);
  const limitBytes = integer('limitBytes', 1);
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    streams: new Set(streams as ('stdout' | 'stderr')[]),
  };
}

/** `GET /containerLogs/NAMESPACE/POD/CONTAINER`: as fast as the reader reads, until the log or the reader ends. */
export async function containerLogs(
  kubelet: Kubelet,
  request: Request,
  response: Response,
  deps: Pick<Deps, 'clock'>,
): Promise<void> {
  const { namespace, pod, container } = request.params as { namespace: string; pod: string; container: string };
  const query = parseLogQuery(new URL(request.url, 'http://kubelet').searchParams, deps.clock.now());
  const instance = await loggedContainer(kubelet, { namespace, pod, container }, query);
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the reader has gone')));
  response.status(200).set({ 'Content-Type': 'text/plain' });
  // A log that is followed may be silent for long: the reader learns at once that it is there.
  response.flushHeaders();
  let left = query.limitBytes ?? Infinity;
  try {
    for await (const { stream, data } of kubelet.runtime.logs(instance.id, query, gone.signal)) {
      if (!query.streams.has(stream)) continue;
      const chunk = data.length > left ? data.subarray(0, left) : data;
      left -= chunk.length;
      if (!response.write(chunk)) await writable(response);
      if (left <= 0 || gone.signal.aborted) break;
    }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) response.destroy(error as Error);
  }
}

function writable(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
    if (response.destroyed) done();
  });
}
