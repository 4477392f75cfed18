import { readFileSync } from 'node:fs';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Node } from '../../api/schema/generated/core-v1.ts';
import type { Deps } from '../../component/deps.ts';
import { limitConnecting } from './connect-timeout.ts';
import { ConnectionError, unknownError } from './connection-error.ts';

/** How the API server reaches kubelets. Files are read at each connection, so that renewed ones are used. */
export interface KubeletClientOptions {
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** Without it the kubelet's certificate is not checked, as upstream's default has it. */
  readonly certificateAuthorityFile?: string;
  readonly preferredAddressTypes: readonly string[];
}

export interface KubeletRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** None where it is not given. */
  readonly body?: Uint8Array;
  /** Takes any certificate of the kubelet. */
  readonly isInsecure?: boolean;
  readonly signal: AbortSignal;
}

export type KubeletUpgrade =
  | { readonly kind: 'upgraded'; readonly response: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }
  | { readonly kind: 'answered'; readonly response: IncomingMessage };

export interface KubeletClient {
  /** Which addresses of a node are tried, the best first. */
  readonly preferredAddressTypes: readonly string[];
  /** Sends a request; resolves with the answer once its head is there. @throws ConnectionError */
  request(node: DeepReadonly<Node>, request: KubeletRequest): Promise<IncomingMessage>;
  /** Asks for another protocol. @throws ConnectionError */
  upgrade(node: DeepReadonly<Node>, request: KubeletRequest): Promise<KubeletUpgrade>;
}

/** Sends each request on a connection of its own. Connecting has a time limit, an answer has none: some take long. */
export function createKubeletClient(options: KubeletClientOptions, deps: Pick<Deps, 'clock'>): KubeletClient {
  const read = (file: string | undefined): Buffer | undefined => (file ? readFileSync(file) : undefined);
  const requestOptions = (
    node: DeepReadonly<Node>,
    { method, path, headers, signal, isInsecure }: KubeletRequest,
  ): RequestOptions & { readonly allowHalfOpen: boolean } => ({
    ...addressOf(node, options.preferredAddressTypes),
    method,
    path,
    headers,
    signal,
    agent: false,
    allowHalfOpen: true, // of an upgraded connection each way ends by itself
    cert: read(options.certificateFile),
    key: read(options.keyFile),
    ca: read(options.certificateAuthorityFile),
    rejectUnauthorized: options.certificateAuthorityFile !== undefined && !isInsecure,
  });
  const send = (node: DeepReadonly<Node>, request: KubeletRequest): Promise<KubeletUpgrade> =>
    new Promise((resolve, reject) => {
      const wanted = requestOptions(node, request);
      const at = { host: wanted.host!, port: Number(wanted.port) };
      const outgoing = httpsRequest(wanted);
      limitConnecting(outgoing, deps.clock);
      outgoing.on('error', (error) => reject(new ConnectionError(error, at)));
      outgoing.on('response', (response) => resolve({ kind: 'answered', response }));
      outgoing.on('upgrade', (response, socket, head) => resolve({ kind: 'upgraded', response, socket, head }));
      outgoing.end(request.body);
    });
  return {
    preferredAddressTypes: options.preferredAddressTypes,
    upgrade: send,
    request: async (node, request) => (await send(node, request)).response,
  };
}

/** Where the node's kubelet listens: the address of the first preferred type that it has, and its port. @throws ApiError */
export function addressOf(node: DeepReadonly<Node>, preferredTypes: readonly string[]): { host: string; port: number } {
  const addresses = node.status?.addresses ?? [];
  const host = preferredTypes.map((type) => addresses.find((address) => address.type === type)?.address).find(Boolean);
  if (!host) {
    const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ');
    throw unknownError(`no preferred addresses found; known addresses: [${known}]`);
  }
  return { host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || 10_250 };
}
