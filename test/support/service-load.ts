import { hasReason } from '../../api/meta/errors.ts';
import { services } from '../../api/resources/core/service.ts';
import type { Service, ServiceSpec } from '../../api/schema/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { TransportError } from '../../client/transport.ts';
import type { Random } from '../../component/random.ts';

export const serviceNamespace = 'load-a';

/** Addresses and node ports that a service has. */
export function allocationsOf({ spec = {} }: Service): string[] {
  const addresses = (spec.clusterIPs ?? []).filter((address) => address && address !== 'None');
  const ports = new Set((spec.ports ?? []).flatMap(({ nodePort }) => nodePort || []));
  if (spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return [...addresses, ...[...ports].map(String)];
}

/**
 * Creates, changes and deletes services of all types at any of the servers, often two at once for the same address or
 * port. A server that dies meanwhile is no failure; a refusal because something is taken is none either.
 */
export async function runServiceLoad(
  clients: readonly Client[],
  options: { readonly operations: number; readonly workers: number; readonly random: Random; readonly prefix: string },
): Promise<void> {
  const { random, prefix } = options;
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random.next() * all.length)]!;
  const specOf = (): Partial<ServiceSpec> => {
    const one = { port: 80, protocol: 'TCP' as const };
    const wished = Math.floor(random.next() * 6);
    const kinds: readonly Partial<ServiceSpec>[] = [
      { ports: [one] },
      { ports: [one], clusterIP: `10.97.0.${20 + wished}` },
      { ports: [one], ipFamilyPolicy: 'PreferDualStack' },
      {
        type: 'NodePort',
        ports: [one, { ...one, port: 81, name: 'b' }].map((port, i) => ({ ...port, name: `p${i}` })),
      },
      { type: 'NodePort', ports: [{ ...one, nodePort: 30000 + wished }] },
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [one] },
      { type: 'ExternalName', externalName: 'example.com' },
      { clusterIP: 'None', ports: [one] },
    ];
    return pick(kinds);
  };
  let next = 0;
  const tolerated = (error: unknown): void => {
    const isTaken = hasReason(error, 'Invalid', 'AlreadyExists', 'Conflict', 'NotFound');
    if (!isTaken && !(error instanceof TransportError)) throw error;
  };
  const work = async (worker: number): Promise<void> => {
    for (let index = next++; index < options.operations; index = next++) {
      const client = pick(clients);
      // Few names, so that workers meet each other's.
      const at = { namespace: serviceNamespace, name: `${prefix}-${Math.floor(random.next() * options.workers * 3)}` };
      const dice = random.next();
      if (dice < 0.5) await client.create(services, { metadata: at, spec: specOf() }).catch(tolerated);
      else if (dice < 0.7) {
        const read = await client.get(services, at).catch(tolerated);
        if (!read) continue;
        const metadata = { ...at, resourceVersion: read.metadata.resourceVersion };
        await pick(clients).update(services, { metadata, spec: specOf() }).catch(tolerated);
      } else await client.delete(services, at).catch(tolerated);
    }
    void worker;
  };
  await Promise.all(Array.from({ length: options.workers }, (_, worker) => work(worker)));
}
