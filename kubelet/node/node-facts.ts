import { networkInterfaces } from 'node:os';
import { createSocket } from 'node:dgram';
import { FlagError } from '../../component/flags.ts';

/** `key=value:effect` or `key:effect`. */
export function parseTaint(text: string): { key: string; value?: string; effect: string } {
  const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
  if (!match) throw new FlagError(`--register-with-taints: ${JSON.stringify(text)} is not KEY=VALUE:EFFECT`);
  const [, key, value, effect] = match as unknown as [string, string, string | undefined, string];
  return { key, ...(value ? { value } : {}), effect };
}

/**
 * The address of this host that others reach it by: that of the interface its packets to the outside take, else the first
 * that is neither of the host alone nor a link's own.
 */
export async function findNodeIp(): Promise<string> {
  const routed = await sourceAddress().catch(() => undefined); // a host without a way to the outside
  if (routed && !isLocal(routed)) return routed;
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (/^(docker|br-|veth|cni|lo)/.test(name)) continue;
    const found = addresses?.find(
      ({ family, address, internal }) => family === 'IPv4' && !internal && !isLocal(address),
    );
    if (found) return found.address;
  }
  return '127.0.0.1';
}

/** A connected UDP socket has chosen its address by the routing table, and sends nothing. */
function sourceAddress(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.connect(53, '192.0.2.1', () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}

function isLocal(address: string): boolean {
  return address.startsWith('127.') || address.startsWith('169.254.') || address === '0.0.0.0';
}
