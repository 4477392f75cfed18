import { hasReason } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { leases } from '../../api/resources/coordination/lease.ts';
import type { Lease } from '../../api/schema/generated/coordination-v1.ts';
import type { Node } from '../../api/schema/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { createRetry } from '../../client/retry.ts';
import { formatMicroTime } from '../../component/clock.ts';
import type { Deps } from '../../component/deps.ts';

const namespace = 'kube-node-lease';

/** Shows that the node is alive by renewing its lease four times in its duration, until the signal aborts. */
export async function runNodeLease(
  given: {
    readonly client: Client;
    readonly nodeName: string;
    readonly durationSeconds: number;
    readonly node: () => DeepReadonly<Node> | undefined;
  },
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const { client, nodeName } = given;
  const retry = createRetry({ initialMs: 200, maxMs: 7000, jitter: 0.1 }, deps);
  const renewMs = given.durationSeconds * 250;
  let lease: Lease | undefined;

  const renew = async (): Promise<void> => {
    const node = given.node();
    const ownerReferences = node && [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid! }];
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: given.durationSeconds,
      renewTime: formatMicroTime(deps.clock.now()),
    };
    const at = { namespace, name: nodeName };
    if (!lease) {
      try {
        lease = await client.get(leases, at, { signal });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
        const metadata = { ...at, ...(ownerReferences ? { ownerReferences } : {}) };
        lease = await client.create(leases, { metadata, spec }, { signal });
        return;
      }
    }
    const metadata = { ...lease.metadata, ...(ownerReferences ? { ownerReferences } : {}) };
    lease = await client.update(leases, { ...lease, metadata, spec: { ...lease.spec, ...spec } }, { signal });
  };

  while (!signal.aborted) {
    try {
      await renew();
      retry.reset();
      await deps.clock.sleep(renewMs * (1 + deps.random.next() * 0.04), signal);
    } catch (error) {
      if (signal.aborted) return;
      // Another wrote it, or it is gone: begin from what is there.
      lease = undefined;
      await retry.after(error, 'node lease not renewed, trying again', signal);
    }
  }
}
