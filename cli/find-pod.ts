import { pods } from '../api/resources/core/pod.ts';
import type { AnyObject } from '../api/meta/object.ts';
import type { Pod } from '../api/schema/generated/core-v1.ts';
import { discover } from '../client/discovery.ts';
import type { Session } from './connect.ts';
import { findResource } from './resource-args.ts';

interface Selected {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } & Readonly<Record<string, unknown>>;
  };
}

/** The pod that `NAME`, `pod/NAME` or `deploy/NAME` means: of what selects pods, the first that runs. Throws where there is none. */
export async function findPod({ client, connection }: Session, text: string, signal: AbortSignal): Promise<Pod> {
  const { namespace } = connection;
  const [type, name] = text.includes('/') ? (text.split('/', 2) as [string, string]) : ['pod', text];
  if (['pod', 'pods', 'po'].includes(type)) return client.get(pods, { namespace, name }, { signal });
  const resource = findResource(type, await discover(client, signal));
  const owner = (await client.get(resource, { namespace, name }, { signal })) as AnyObject & Selected;
  const selector = owner.spec?.selector;
  const labels =
    selector?.matchLabels ?? (resource.kind === 'Service' ? (selector as Record<string, string>) : undefined);
  if (!labels) throw new Error(`${text} selects no pods`);
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await client.list(pods, { namespace }, { labelSelector, signal });
  const pod = items.find((item) => item.status?.phase === 'Running') ?? items[0];
  if (!pod) throw new Error(`${text} has no pods`);
  return pod;
}

/** The container asked for, else the one an annotation names, else the first; `isDefaulted` where there was a choice. */
export function containerOf(pod: Pod, asked: string | undefined): { name: string; isDefaulted: boolean } {
  const names = (pod.spec?.containers ?? []).map((container) => container.name);
  if (asked !== undefined) return { name: asked, isDefaulted: false };
  const annotated = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (annotated !== undefined && names.includes(annotated)) return { name: annotated, isDefaulted: false };
  return { name: names[0] ?? '', isDefaulted: names.length > 1 };
}

/** What to tell of a container that was chosen for the person. */
export function defaultedNotice(pod: Pod, name: string): string {
  return `Defaulted container "${name}" out of: ${(pod.spec?.containers ?? []).map((c) => c.name).join(', ')}\n`;
}
