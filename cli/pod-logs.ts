import { errorFrom } from '../client/response-error.ts';
import { queryOf } from '../client/rest-client.ts';
import { parseDuration } from '../api/meta/duration.ts';
import type { CliDeps } from './command.ts';
import type { Session } from './connect.ts';
import { containerOf, defaultedNotice, findPod } from './find-pod.ts';

export interface PodLogOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tailLines?: number;
  readonly since?: string;
}

/** Prints the log of a container, until its end; with `follow` until it stops or the signal aborts. */
export async function printPodLogs(
  session: Session,
  target: string,
  options: PodLogOptions,
  deps: CliDeps,
): Promise<void> {
  const pod = await findPod(session, target, deps.signal);
  const container = containerOf(pod, options.container);
  if (container.isDefaulted) deps.stderr.write(defaultedNotice(pod, container.name));
  const { name, namespace } = pod.metadata;
  const query = queryOf({
    container: container.name,
    follow: options.follow || undefined,
    previous: options.previous || undefined,
    timestamps: options.timestamps || undefined,
    tailLines: options.tailLines,
    sinceSeconds: options.since === undefined ? undefined : Math.ceil(parseDuration(options.since) / 1000),
  });
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log${query}`;
  const response = await session.client.raw({ method: 'GET', path, headers: { accept: '*/*' }, signal: deps.signal });
  if (response.status !== 200) throw errorFrom(response.status, await response.text(), { method: 'GET', path });
  try {
    for await (const chunk of response.body) deps.stdout.write(chunk);
  } catch (error) {
    if (!deps.signal.aborted) throw error;
  }
}
