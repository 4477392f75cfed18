import { isIP } from 'node:net';
import type { ClusterConfig } from './cluster-config.ts';
import { SetupError } from './setup/step.ts';

/** Where etcd listens and what it tells others, for clients or for peers. */
export interface EtcdUrls {
  readonly listen: readonly string[];
  readonly advertise: readonly string[];
  /** The one for this host: on the loopback. */
  readonly local: string;
  readonly isTls: boolean;
}

type Config = Pick<ClusterConfig, 'ports' | 'nodeIp' | 'etcdListenClientUrls' | 'etcdListenPeerUrls'>;

/**
 * The URLs of a cluster's etcd: those that were asked for, with the loopback always among them. Where nothing was asked
 * for it is the loopback alone, by plain HTTP.
 */
export function etcdUrls(config: Config): { readonly client: EtcdUrls; readonly peer: EtcdUrls } {
  return {
    client: urlsOf(config.etcdListenClientUrls, config.ports.etcd, config.nodeIp),
    peer: urlsOf(config.etcdListenPeerUrls, config.ports.etcdPeer, config.nodeIp),
  };
}

function urlsOf(asked: readonly string[], port: number, nodeIp: string): EtcdUrls {
  const scheme = asked[0]?.startsWith('https:') ? 'https' : 'http';
  const local = `${scheme}://127.0.0.1:${port}`;
  const coversLocal = asked.some((url) => ['127.0.0.1', '0.0.0.0', '::'].includes(hostOf(url)));
  const listen = coversLocal ? asked : [...asked, local];
  const advertise = listen.map((url) => {
    const host = hostOf(url);
    return host === '0.0.0.0' || host === '::' ? `${scheme}://${nodeIp}:${port}` : url;
  });
  return { listen, advertise: [...new Set(advertise)], local, isTls: scheme === 'https' };
}

/**
 * The port that URLs for etcd to listen on name; undefined where there are none. SetupError for what etcd does not take
 * and for what must not be: plain HTTP where others than this host can reach it, as whoever reads etcd has every secret.
 */
export function checkEtcdUrls(flag: string, urls: readonly string[]): number | undefined {
  const parsed = urls.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !['http:', 'https:'].includes(url.protocol) || !isIP(hostOf(text)) || !url.port || url.pathname !== '/')
      throw new SetupError(`${flag}: "${text}" is not a URL such as https://192.0.2.1:2379: scheme, address and port`);
    if (url.protocol === 'http:' && !isLoopback(hostOf(text)))
      throw new SetupError(
        `${flag}: ${text} would let everybody in who reaches it: on other addresses than the loopback etcd is served by TLS (${text.replace('http:', 'https:')})`,
      );
    return url;
  });
  if (new Set(parsed.map(({ protocol }) => protocol)).size > 1)
    throw new SetupError(`${flag}: all of the URLs must be http, or all https`);
  const ports = new Set(parsed.map(({ port }) => Number(port)));
  if (ports.size > 1) throw new SetupError(`${flag}: all of the URLs must have one port`);
  return [...ports][0];
}

/** The addresses, besides the loopback, by which others know this etcd. */
export function etcdAddresses(urls: EtcdUrls): string[] {
  return [...new Set([...urls.listen, ...urls.advertise].map(hostOf))].filter(
    (host) => host !== '0.0.0.0' && host !== '::' && !isLoopback(host),
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
