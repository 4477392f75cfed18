import { hasReason } from '../../api/meta/errors.ts';
import type { PodStatus } from '../../api/schema/generated/core-v1.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Client } from '../../client/client.ts';
import { createRetry } from '../../client/retry.ts';
import type { Deps } from '../../component/deps.ts';
import type { ReadonlyPod, ReadonlyPodStatus } from '../pods/pod.ts';
import { createSemaphore } from '../semaphore.ts';
import { statusPatch } from './status-patch.ts';

/** Keeps what the API shows of the node's pods in step with what the kubelet knows. */
export interface StatusManager {
  /** What was last set; the API may not have it yet. */
  get(podUid: string): ReadonlyPodStatus | undefined;
  /** Returns at once; sent when it differs from what the API has. */
  set(pod: ReadonlyPod, status: PodStatus): void;
  /** All the pod held on this node is free again: once the API has its last status, its deletion is confirmed. */
  released(pod: ReadonlyPod): void;
  /** The API's newest view of a pod (of a mirror pod for a static one); what others changed of ours is put right. */
  observed(podUid: string, shown: ReadonlyPod): void;
  forget(podUid: string): void;
  /** Resolves once all that was set has been tried; after the signal's abort nothing is sent any more. */
  run(signal: AbortSignal): Promise<void>;
}

interface Entry {
  status?: PodStatus;
  /** The object in the API: the pod itself, or its mirror. */
  shown?: { readonly pod: ReadonlyPod; readonly status: ReadonlyPodStatus | undefined; readonly version: number };
  isReleased: boolean;
  sending: boolean;
  again: boolean;
}

const maxParallelRequests = 8;

/**
 * Sends nothing before `run`. At most one request a pod and eight in all are under way; of several statuses set
 * meanwhile the last is sent. What the API refuses for good is dropped, other failures are retried with backoff.
 */
export function createStatusManager(client: Client, deps: Pick<Deps, 'clock' | 'random' | 'log'>): StatusManager {
  const entries = new Map<string, Entry>();
  const requests = createSemaphore(maxParallelRequests);
  const sending = new Set<Promise<void>>();
  let signal: AbortSignal | undefined;

  const entryOf = (uid: string): Entry => {
    const known = entries.get(uid);
    if (known) return known;
    const made: Entry = { isReleased: false, sending: false, again: false };
    entries.set(uid, made);
    return made;
  };

  const kick = (uid: string): void => {
    const entry = entries.get(uid);
    if (!entry?.shown || !signal || signal.aborted) return;
    if (entry.sending) {
      entry.again = true;
      return;
    }
    entry.sending = true;
    const work = send(uid, entry, signal)
      .catch((error: unknown) => {
        if (!signal!.aborted) deps.log.error('pod status not sent', { uid, error });
      })
      .finally(() => {
        entry.sending = false;
        sending.delete(work);
      });
    sending.add(work);
  };

  async function send(uid: string, entry: Entry, until: AbortSignal): Promise<void> {
    const retry = createRetry(
      { initialMs: 200, maxMs: 10_000, jitter: 0.2 },
      { ...deps, log: deps.log.child({ uid }) },
    );
    do {
      entry.again = false;
      try {
        await requests.run(until, () => sendOnce(entry, until));
      } catch (error) {
        until.throwIfAborted();
        if (entries.get(uid) !== entry) return;
        // Gone, or another pod of the same name: what we know is of no interest any more.
        if (hasReason(error, 'NotFound', 'Conflict', 'Invalid')) {
          deps.log.debug('pod status not taken', { uid, error });
          continue;
        }
        await retry.after(error, 'pod status not sent, trying again', until);
        entry.again = true;
      }
    } while (entry.again && entries.get(uid) === entry);
  }

  async function sendOnce(entry: Entry, until: AbortSignal): Promise<void> {
    const shown = entry.shown!;
    const { namespace, name, uid } = shown.pod.metadata as { namespace: string; name: string; uid: string };
    const patch = entry.status && statusPatch(uid, shown.status, entry.status);
    if (patch) {
      const answer = await client.patch(
        pods,
        { namespace, name },
        { type: 'strategic', body: patch },
        { subresource: 'status', signal: until },
      );
      entry.shown = { pod: entry.shown!.pod, status: answer.status, version: versionOf(answer) };
    }
    if (entry.isReleased && entry.shown!.pod.metadata.deletionTimestamp && !entry.again) {
      await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid }, signal: until });
    }
  }

  return {
    get: (podUid) => entries.get(podUid)?.status,
    set: (pod, status) => {
      const uid = pod.metadata.uid!;
      entryOf(uid).status = status;
      kick(uid);
    },
    released: (pod) => {
      const uid = pod.metadata.uid!;
      entryOf(uid).isReleased = true;
      kick(uid);
    },
    observed: (podUid, shown) => {
      const entry = entryOf(podUid);
      const version = versionOf(shown);
      // Our own patch may have been answered before the watch tells of an older version.
      const isOlder = entry.shown?.pod.metadata.uid === shown.metadata.uid && version < (entry.shown?.version ?? 0);
      entry.shown = isOlder ? { ...entry.shown!, pod: shown } : { pod: shown, status: shown.status, version };
      kick(podUid);
    },
    forget: (podUid) => void entries.delete(podUid),
    run: async (until) => {
      signal = until;
      for (const uid of entries.keys()) kick(uid);
      await new Promise<void>((resolve) => {
        if (until.aborted) resolve();
        else until.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.all(sending);
    },
  };
}

/** Resource versions of one resource count up (KEP-5504); what is no number never counts as older. */
function versionOf(pod: ReadonlyPod): number {
  const version = Number(pod.metadata.resourceVersion);
  return Number.isNaN(version) ? Infinity : version;
}
