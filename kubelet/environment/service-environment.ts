import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Service } from '../../api/schema/generated/core-v1.ts';

/** The service every pod learns of. */
const masterService = { namespace: 'default', name: 'kubernetes' };

/**
 * Variables about services, as Docker links once made them: of the API server always, of all services of the pod's
 * namespace where it asks for them. Services without an address have none.
 */
export function serviceEnvironment(
  services: readonly DeepReadonly<Service>[],
  pod: { readonly namespace: string; readonly enableServiceLinks: boolean },
): Map<string, string> {
  const chosen = new Map<string, DeepReadonly<Service>>();
  for (const service of services) {
    const { name, namespace } = service.metadata;
    const address = service.spec?.clusterIP;
    if (!name || !address || address === 'None') continue;
    const isMaster = namespace === masterService.namespace && name === masterService.name;
    if (isMaster && !chosen.has(name)) chosen.set(name, service);
    if (namespace === pod.namespace && pod.enableServiceLinks) chosen.set(name, service);
  }
  const env = new Map<string, string>();
  for (const [name, { spec }] of chosen) {
    const ports = spec!.ports ?? [];
    if (ports.length === 0) continue;
    const prefix = variableName(name);
    const address = spec!.clusterIP!;
    env.set(`${prefix}_SERVICE_HOST`, address);
    env.set(`${prefix}_SERVICE_PORT`, String(ports[0]!.port));
    for (const port of ports) {
      if (port.name) env.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
    }
    for (const [i, { protocol: declared, port }] of ports.entries()) {
      const protocol = (declared ?? 'TCP').toLowerCase();
      const url = `${protocol}://${address.includes(':') ? `[${address}]` : address}:${port}`;
      if (i === 0) env.set(`${prefix}_PORT`, url);
      const portPrefix = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
      env.set(portPrefix, url);
      env.set(`${portPrefix}_PROTO`, protocol);
      env.set(`${portPrefix}_PORT`, String(port));
      env.set(`${portPrefix}_ADDR`, address);
    }
  }
  return env;
}

function variableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
