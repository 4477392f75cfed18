import type { Deps } from '../../component/deps.ts';
import type { ServicePort } from '../service-table.ts';

/** A way to make services reachable on a node. One of the registry (`index.ts`) is chosen at start and stays. */
export interface ProxyBackend {
  readonly name: string;
  /** Makes exactly this table hold, and nothing of an earlier one. Repeats cost little: only differences are written. Throws what a later call may mend. */
  sync(table: readonly ServicePort[], signal: AbortSignal): Promise<void>;
  /** Ends what lives in this process (sockets); rules in the kernel stay, so that services work while kube-proxy restarts. */
  stop(): Promise<void>;
}

export interface BackendOptions {
  /** Before the names of all chains: upstream's `KUBE`, or another where several clusters share a host. */
  readonly chainPrefix: string;
  /** SNAT everything that goes to a cluster address. */
  readonly masqueradeAll: boolean;
  /** Addresses of pods: what comes to a cluster address from elsewhere is masqueraded. Empty: unknown. */
  readonly clusterCidr: string;
  /** Bit of the packet mark for what is to be masqueraded. */
  readonly masqueradeBit: number;
  /** Addresses on which node ports answer: CIDRs; empty for all. */
  readonly nodePortAddresses: readonly string[];
  readonly localhostNodePorts: boolean;
}

export interface BackendEntry {
  readonly name: string;
  /** Why it cannot work on this host; undefined where it can. */
  unavailable(): Promise<string | undefined>;
  create(options: BackendOptions, deps: Deps): ProxyBackend;
  /** Removes everything it, or an earlier run of it, left in the kernel. Not an error where nothing is there. */
  cleanup(options: BackendOptions, deps: Deps): Promise<void>;
}
