import { networkInterfaces } from 'node:os';
import type { Deps } from '../../../component/deps.ts';
import type { ServicePort } from '../../service-table.ts';
import type { BackendEntry, BackendOptions, ProxyBackend } from '../proxy-backend.ts';
import { runProgram } from '../run-program.ts';
import { planListeners, type Listener } from './plan-listeners.ts';
import { openPortProxy, type Backends, type PortProxy } from './port-proxy.ts';

/**
 * Marks the addresses of the loopback interface that are ours. (An interface for them would be tidier, but not every
 * kernel has a kind for that.) At most 15 characters.
 */
function labelOf(chainPrefix: string): string {
  return `lo:${chainPrefix.toLowerCase()}-svc`;
}

/**
 * Services without iptables: the cluster addresses are put on the node, so that the kernel hands their packets to us, and
 * each port is a socket of this process that forwards to an endpoint. Slower, and endpoints see the node's address; needs
 * nothing but iproute2.
 */
export const userspaceBackend: BackendEntry = {
  name: 'userspace',
  unavailable: async () => {
    try {
      await runProgram('ip', ['link', 'set', 'lo', 'up']); // as it must be; fails without the right to change it
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  },
  create: (options, deps) => new UserspaceBackend(options, deps),
  cleanup: async (options) => changeAddresses(labelOf(options.chainPrefix), new Set()),
};

class UserspaceBackend implements ProxyBackend {
  readonly name = 'userspace';
  readonly #options: BackendOptions;
  readonly #label: string;
  readonly #deps: Deps;
  readonly #open = new Map<string, { readonly proxy: PortProxy; backends: Backends }>();
  /** Sockets that could not be opened and were told of. */
  readonly #failed = new Set<string>();

  constructor(options: BackendOptions, deps: Deps) {
    this.#options = options;
    this.#label = labelOf(options.chainPrefix);
    this.#deps = deps;
  }

  /** A port that cannot be listened on holds up no other: it is logged once and tried again with each sync. */
  async sync(table: readonly ServicePort[]): Promise<void> {
    const { addresses, listeners } = planListeners(table, nodeAddresses(this.#label), this.#options);
    await changeAddresses(this.#label, addresses);
    for (const [key, { proxy }] of this.#open) {
      if (listeners.has(key)) continue;
      this.#open.delete(key);
      await proxy.close();
    }
    for (const key of this.#failed) if (!listeners.has(key)) this.#failed.delete(key);
    for (const listener of listeners.values()) {
      const open = this.#open.get(listener.key);
      if (open) open.backends = listener.backends;
      else await this.#listen(listener);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ proxy }) => proxy.close()));
    this.#open.clear();
  }

  async #listen({ key, backends, ...at }: Listener): Promise<void> {
    try {
      const proxy = await openPortProxy(at, () => this.#open.get(key)?.backends ?? backends, this.#deps);
      this.#open.set(key, { proxy, backends });
      this.#failed.delete(key);
    } catch (error) {
      if (!this.#failed.has(key)) this.#deps.log.error('cannot listen on a port of a service', { ...at, error });
      this.#failed.add(key);
    }
  }
}

/** The node's own IPv4 addresses, without those of services. */
function nodeAddresses(label: string): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
    name === label ? [] : entries.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
}

/** Makes the marked addresses these and no other. What is there is asked each time: an earlier process may have left some. */
async function changeAddresses(label: string, wanted: ReadonlySet<string>): Promise<void> {
  const text = await runProgram('ip', ['-4', 'address', 'show', 'dev', 'lo', 'label', label]);
  const there = new Set([...text.matchAll(/^\s+inet ([\d.]+)/gm)].map((match) => match[1]!));
  const lines = [
    // Of host scope: never chosen as the source of what goes elsewhere.
    ...[...wanted].filter((ip) => !there.has(ip)).map((ip) => `address add ${ip}/32 dev lo label ${label} scope host`),
    ...[...there].filter((ip) => !wanted.has(ip)).map((ip) => `address del ${ip}/32 dev lo`),
  ];
  if (lines.length > 0) await runProgram('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
}
