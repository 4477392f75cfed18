import type Docker from 'dockerode';
import { addAbortSignal, type Readable } from 'node:stream';
import type { RuntimeEvent } from '../container-runtime.ts';
import { labels, typeSandbox } from './labels.ts';

interface DockerEvent {
  readonly Action?: string;
  readonly Actor?: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

const eventTypes: Readonly<Record<string, { container: RuntimeEvent['type']; sandbox?: RuntimeEvent['type'] }>> = {
  start: { container: 'containerStarted' },
  die: { container: 'containerDied', sandbox: 'sandboxDied' },
  destroy: { container: 'containerRemoved', sandbox: 'sandboxRemoved' },
};

/** Events of this kubelet's sandboxes and containers. Throws when the daemon ends the stream. */
export async function* events(docker: Docker, instance: string, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  const stream = (await docker.getEvents({
    filters: {
      type: ['container'],
      event: Object.keys(eventTypes),
      label: [`${labels.kubelet}=${instance}`],
    },
    abortSignal: signal,
  })) as Readable;
  addAbortSignal(signal, stream);
  let rest = '';
  try {
    for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const event = line.trim() ? toRuntimeEvent(JSON.parse(line) as DockerEvent) : undefined;
        if (event) yield event;
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  } finally {
    stream.destroy();
  }
  if (!signal.aborted) throw new Error('the Docker daemon closed the stream of events');
}

function toRuntimeEvent({ Action, Actor }: DockerEvent): RuntimeEvent | undefined {
  const types = eventTypes[Action ?? ''];
  if (!types || !Actor) return undefined;
  const type = Actor.Attributes[labels.type] === typeSandbox ? types.sandbox : types.container;
  return type && { type, id: Actor.ID, podUid: Actor.Attributes[labels.podUid] ?? '' };
}
