import type { ServicePort } from '../../service-table.ts';

/**
 * Arguments of `conntrack -D -p udp` for the flows that would otherwise keep going where they went: to endpoints that are
 * gone, or nowhere, because their service had no endpoint when they began. TCP ends by itself.
 */
export function staleUdpFlows(before: readonly ServicePort[], after: readonly ServicePort[]): string[][] {
  const now = new Map(after.filter((port) => port.protocol === 'UDP').map((port) => [port.name, port]));
  const earlier = new Map(before.filter((port) => port.protocol === 'UDP').map((port) => [port.name, port]));
  const flows: string[][] = [];
  for (const [name, old] of earlier) {
    const next = now.get(name);
    const kept = new Set(
      [...(next?.clusterEndpoints ?? []), ...(next?.externalEndpoints ?? [])].map((e) => `${e.ip}:${e.port}`),
    );
    const gone = [...old.clusterEndpoints, ...old.externalEndpoints].filter((e) => !kept.has(`${e.ip}:${e.port}`));
    for (const ip of new Set(gone.map((endpoint) => endpoint.ip))) {
      for (const address of addressesOf(old)) flows.push(['--orig-dst', address, '--dst-nat', ip]);
      if (old.nodePort > 0) flows.push(['--orig-port-dst', String(old.nodePort), '--dst-nat', ip]);
    }
  }
  for (const [name, next] of now) {
    const hadNone = (earlier.get(name)?.clusterEndpoints.length ?? 0) === 0;
    if (!hadNone || next.clusterEndpoints.length === 0) continue;
    for (const address of addressesOf(next)) flows.push(['--orig-dst', address, '--orig-port-dst', String(next.port)]);
    if (next.nodePort > 0) flows.push(['--orig-port-dst', String(next.nodePort)]);
  }
  return flows;
}

function addressesOf(port: ServicePort): string[] {
  return [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps];
}
