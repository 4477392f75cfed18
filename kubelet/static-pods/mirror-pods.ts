import { hasReason } from '../../api/meta/errors.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Node, Pod } from '../../api/schema/generated/core-v1.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Client } from '../../client/client.ts';
import { createBackoff } from '../../component/backoff.ts';
import type { Deps } from '../../component/deps.ts';
import { configAnnotations, type ReadonlyPod } from '../pods/pod.ts';
import type { PodSet } from '../pods/pod-set.ts';

export interface MirrorPods {
  /** Sees to it that the API shows the static pod of this name, or none where there is none. Returns at once. */
  reconcile(fullName: string): void;
}

/** Makes, replaces and removes the objects by which the API shows static pods. */
export function createMirrorPods(
  given: {
    readonly client: Client;
    readonly set: PodSet;
    /** This node's object, once it is registered. */
    readonly node: () => DeepReadonly<Node> | undefined;
  },
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
  signal: AbortSignal,
): MirrorPods {
  const { client, set } = given;
  const running = new Map<string, { again: boolean }>();

  async function reconcileOnce(fullName: string): Promise<void> {
    const wanted = set.staticPod(fullName);
    const shown = set.mirrorPod(fullName);
    if (shown && (!wanted || isOutdated(wanted, shown) || shown.metadata.deletionTimestamp)) {
      const { namespace, name, uid } = shown.metadata as { namespace: string; name: string; uid: string };
      await client
        .delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid }, signal })
        .catch((error: unknown) => {
          if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
        });
      set.deleteMirror(shown);
    }
    if (!wanted || set.mirrorPod(fullName)) return;
    const node = given.node();
    if (!node) throw new Error('the node is not registered yet');
    try {
      set.setMirror(await client.create(pods, toMirror(wanted, node), { signal }));
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      // The watch has not told us yet.
      const [namespace, name] = fullName.split('/') as [string, string];
      const found = await client.get(pods, { namespace, name }, { signal });
      if (found.metadata.annotations?.[configAnnotations.mirror] === undefined) {
        deps.log.error('a pod that is no mirror has the name of a static pod', { pod: fullName });
        return;
      }
      set.setMirror(found);
      if (isOutdated(wanted, found)) throw new Error('an outdated mirror pod is in the way', { cause: error });
    }
  }

  async function run(fullName: string, state: { again: boolean }): Promise<void> {
    const backoff = createBackoff({ initialMs: 200, maxMs: 10_000, jitter: 0.2 }, deps);
    do {
      state.again = false;
      try {
        await reconcileOnce(fullName);
      } catch (error) {
        if (signal.aborted) return;
        deps.log.debug('mirror pod not in order, trying again', { pod: fullName, error });
        state.again = true;
        await backoff.wait(signal).catch(() => {});
      }
    } while (state.again && !signal.aborted);
    running.delete(fullName);
  }

  return {
    reconcile: (fullName) => {
      const known = running.get(fullName);
      if (known) {
        known.again = true;
        return;
      }
      const state = { again: false };
      running.set(fullName, state);
      void run(fullName, state);
    },
  };
}

function isOutdated(wanted: ReadonlyPod, shown: ReadonlyPod): boolean {
  return (
    shown.metadata.annotations?.[configAnnotations.mirror] !== wanted.metadata.annotations?.[configAnnotations.hash]
  );
}

/** The object that stands for a static pod: what the pod says, owned by its node. */
function toMirror(pod: ReadonlyPod, node: DeepReadonly<Node>): Pod {
  const { uid: _own, ...metadata } = structuredClone(pod.metadata) as Pod['metadata'];
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [configAnnotations.mirror]: metadata.annotations![configAnnotations.hash]!,
      },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node.metadata.name!, uid: node.metadata.uid!, controller: true },
      ],
    },
    spec: structuredClone(pod.spec) as Pod['spec'],
  };
}
