import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { hasReason } from '../../api/meta/errors.ts';
import { leases } from '../../api/resources/coordination/lease.ts';
import type { Lease } from '../../api/schema/generated/coordination-v1.ts';
import { formatMicroTime } from '../../component/clock.ts';
import type { PostStartDeps, PostStartHook } from './post-start-hook.ts';

export const namespace = 'kube-system';
/** On the leases of all servers; its value is upstream's name of the program. */
export const identityLabel = 'apiserver.kubernetes.io/identity';
const leaseDurationSeconds = 3600;
const renewMs = 10_000;
const retryMs = 1000;

/** A lease of each API server, so that one can see which there are. */
export const identityLease: PostStartHook = {
  name: 'start-kube-apiserver-identity-lease-controller',
  run: async (deps, done, signal) => {
    const name = serverIdentity(hostname());
    const holderIdentity = `${name}_${deps.random.uuid()}`;
    while (!signal.aborted) {
      let waitMs = renewMs;
      try {
        await renew(deps, name, holderIdentity, signal);
        done();
      } catch (error) {
        if (signal.aborted) return;
        // The namespace may not be there yet: no reason for alarm before it should be.
        deps.log.debug('identity lease was not renewed', { error });
        waitMs = retryMs / 10;
      }
      await deps.clock.sleep(waitMs, signal).catch(() => {});
    }
  },
};

/** As upstream names servers: the same host has the same name always. */
function serverIdentity(host: string): string {
  const digest = createHash('sha256').update(host).digest().subarray(0, 16);
  return `apiserver-${base32(digest)}`;
}

async function renew(
  { client, clock, config }: PostStartDeps,
  name: string,
  holderIdentity: string,
  signal: AbortSignal,
): Promise<void> {
  const renewTime = formatMicroTime(clock.now());
  const { address, port } = config.advertise;
  try {
    await client.patch(
      leases,
      { namespace, name },
      { type: 'merge', body: { spec: { holderIdentity, leaseDurationSeconds, renewTime } } },
      { signal },
    );
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    const lease: Lease = {
      metadata: {
        namespace,
        name,
        labels: { [identityLabel]: 'kube-apiserver', 'kubernetes.io/hostname': hostname() },
        annotations: { 'kubernetes.io/peer-advertise-address': `${address}:${port}` },
      },
      spec: { holderIdentity, leaseDurationSeconds, renewTime },
    };
    await client.create(leases, lease, { signal });
  }
}

/** RFC 4648 without padding, lower case. */
function base32(bytes: Buffer): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
  }
  return bits ? text + alphabet[(value << (5 - bits)) & 31] : text;
}
