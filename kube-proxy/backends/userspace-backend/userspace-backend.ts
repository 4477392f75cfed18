import { networkInterfaces } from 'node:os';
import type { Deps } from '../../../component/deps.ts';
import type { ServicePort } from '../../service-table.ts';
import { runProgram } from '../iptables-backend/run-program.ts';
import type { BackendEntry, BackendOptions, ProxyBackend } from '../proxy-backend.ts';
import { openPortProxy, type Backends, type PortProxy } from './port-proxy.ts';

/** The interface that carries the cluster addresses, so that the kernel hands their packets to us. At most 15 characters. */
function deviceName(chainPrefix: string): string {
  return `${chainPrefix.toLowerCase().slice(0, 8)}-svc0`;
}

/**
 * Services without iptables: the cluster addresses are put on a dummy interface of the node, and each port is a socket of
 * this process that forwards to an endpoint. Slower, and endpoints see the node's address; needs nothing but iproute2.
 */
export const userspaceBackend: BackendEntry = {
  name: 'userspace',
  unavailable: async () => {
    try {
      await runProgram('ip', ['-V']);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  },
  create: (options, deps) => new UserspaceBackend(options, deps),
  cleanup: async (options) => {
    const device = deviceName(options.chainPrefix);
    if (networkInterfaces()[device] === undefined && !(await deviceExists(device))) return;
    await runProgram('ip', ['link', 'delete', device]);
  },
};

interface Listener {
  readonly key: string;
  readonly protocol: ServicePort['protocol'];
  readonly address: string;
  readonly port: number;
}

class UserspaceBackend implements ProxyBackend {
  readonly name = 'userspace';
  readonly #device: string;
  readonly #deps: Deps;
  readonly #proxies = new Map<string, PortProxy>();
  readonly #backends = new Map<string, Backends>();
  #addresses = new Set<string>();

  constructor(options: BackendOptions, deps: Deps) {
    this.#device = deviceName(options.chainPrefix);
    this.#deps = deps;
  }

  async sync(table: readonly ServicePort[]): Promise<void> {
    await this.#setAddresses(
      new Set(table.flatMap((port) => [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps])),
    );
    const wanted = new Map<string, Listener>();
    for (const port of table) {
      const { affinitySeconds } = port;
      for (const listener of listenersOf(port)) {
        wanted.set(listener.key, listener);
        const endpoints = listener.address === port.clusterIp ? port.clusterEndpoints : port.externalEndpoints;
        this.#backends.set(listener.key, { endpoints, affinitySeconds });
      }
    }
    for (const [key, proxy] of this.#proxies) {
      if (wanted.has(key)) continue;
      this.#proxies.delete(key);
      this.#backends.delete(key);
      await proxy.close();
    }
    const failures: unknown[] = [];
    for (const listener of wanted.values()) {
      if (this.#proxies.has(listener.key)) continue;
      try {
        this.#proxies.set(
          listener.key,
          await openPortProxy(listener, () => this.#backends.get(listener.key)!, this.#deps),
        );
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(
        failures,
        `${failures.length} ports cannot be listened on: ${(failures[0] as Error).message}`,
      );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
    this.#proxies.clear();
  }

  async #setAddresses(wanted: Set<string>): Promise<void> {
    if (!(await deviceExists(this.#device))) {
      await runProgram('ip', ['link', 'add', this.#device, 'type', 'dummy']);
      await runProgram('ip', ['link', 'set', this.#device, 'up']);
      this.#addresses = new Set();
    } else if (this.#addresses.size === 0) {
      this.#addresses = new Set((networkInterfaces()[this.#device] ?? []).map((entry) => entry.address));
    }
    const lines = [
      ...[...wanted]
        .filter((ip) => !this.#addresses.has(ip))
        .map((ip) => `address replace ${ip}/32 dev ${this.#device}`),
      ...[...this.#addresses]
        .filter((ip) => !wanted.has(ip) && !ip.startsWith('fe80'))
        .map((ip) => `address del ${ip}/32 dev ${this.#device}`),
    ];
    if (lines.length > 0) await runProgram('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
    this.#addresses = wanted;
  }
}

function listenersOf(port: ServicePort): Listener[] {
  const at = (address: string, number: number): Listener => ({
    key: `${port.protocol} ${address} ${number}`,
    protocol: port.protocol,
    address,
    port: number,
  });
  return [
    ...[port.clusterIp, ...port.externalIps, ...port.loadBalancerIps].map((ip) => at(ip, port.port)),
    ...(port.nodePort > 0 ? [at('0.0.0.0', port.nodePort)] : []),
  ];
}

async function deviceExists(device: string): Promise<boolean> {
  return runProgram('ip', ['link', 'show', device]).then(
    () => true,
    () => false, // ip says so by its exit code
  );
}
