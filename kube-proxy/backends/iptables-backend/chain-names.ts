import { createHash } from 'node:crypto';
import type { Endpoint, ServicePort } from '../../service-table.ts';

/** Names of the chains of a cluster. With the prefix `KUBE` they are upstream's, hashes too. At most 28 characters, as iptables wants. */
export function chainNames(prefix: string) {
  const hashed = (kind: string, text: string): string => `${prefix}-${kind}-${hash16(text)}`;
  const portText = (port: ServicePort): string => `${port.name}${port.protocol.toLowerCase()}`;
  return {
    services: `${prefix}-SERVICES`,
    externalServices: `${prefix}-EXTERNAL-SERVICES`,
    nodePorts: `${prefix}-NODEPORTS`,
    postrouting: `${prefix}-POSTROUTING`,
    markMasq: `${prefix}-MARK-MASQ`,
    forward: `${prefix}-FORWARD`,
    proxyFirewall: `${prefix}-PROXY-FIREWALL`,
    firewall: `${prefix}-FIREWALL`,
    service: (port: ServicePort): string => hashed('SVC', portText(port)),
    /** For traffic that has to stay on the node. */
    local: (port: ServicePort): string => hashed('SVL', portText(port)),
    external: (port: ServicePort): string => hashed('EXT', portText(port)),
    firewallOf: (port: ServicePort): string => hashed('FW', portText(port)),
    endpoint: (port: ServicePort, endpoint: Endpoint): string => hashed('SEP', `${portText(port)}${address(endpoint)}`),
    /** True for the chains that belong to one service or endpoint, and come and go. */
    isOwned: (chain: string): boolean => new RegExp(`^${prefix}-(SVC|SVL|EXT|FW|SEP)-[A-Z2-7]{16}$`).test(chain),
  };
}
export type ChainNames = ReturnType<typeof chainNames>;

/** `IP:PORT`, with brackets where the address is of version 6. */
export function address({ ip, port }: Endpoint): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first 16 characters of the base32 (RFC 4648) of the SHA-256. */
function hash16(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  let bits = 0n;
  for (const byte of digest.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  return Array.from({ length: 16 }, (_, i) => base32[Number((bits >> BigInt(75 - i * 5)) & 31n)]).join('');
}
