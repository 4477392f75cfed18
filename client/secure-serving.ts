import { readFile } from 'node:fs/promises';
import type { Deps } from '../component/deps.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';
import type { HealthCheck } from '../component/health.ts';
import { startServer, type RunningServer } from '../component/serving.ts';
import { tlsFlags, tlsOffer } from '../component/tls-flags.ts';
import { connect, type ClientConfig, type Connected } from './client-flags.ts';
import { createDelegatedAuth, delegatedAuthFlags } from './delegated-auth.ts';

/** Upstream's flags of a component that serves nothing but health and metrics, by HTTPS; `port` is its default. */
export function secureServingFlags(port: number) {
  const group = 'Secure serving';
  return defineFlags({
    'bind-address': {
      kind: 'string',
      default: '0.0.0.0',
      group,
      description: 'Address to serve health and metrics on.',
    },
    'secure-port': {
      kind: 'port',
      default: port,
      group,
      description: 'Port of health and metrics, HTTPS; 0 for none.',
    },
    'cert-dir': {
      kind: 'string',
      default: '/var/run/kubernetes',
      group,
      description: 'Where a self-signed certificate is made when no files are given.',
    },
    'tls-cert-file': { kind: 'string', default: '', group, description: 'Certificate to serve with.' },
    'tls-private-key-file': { kind: 'string', default: '', group, description: 'Private key of --tls-cert-file.' },
    ...tlsFlags,
    ...delegatedAuthFlags,
  });
}

type SecureServingConfig = FlagValues<ReturnType<typeof secureServingFlags>> & Pick<ClientConfig, 'kubeconfig'>;

/**
 * Serves as the flags say, to whom the reviewing API servers let: that of `connected`, or those of the kubeconfigs that
 * the flags name. Resolves once it listens, to undefined where the port is 0.
 */
export async function startSecureServing(
  config: SecureServingConfig,
  options: { readonly component: string; readonly checks: readonly HealthCheck[]; readonly connected: Connected },
  deps: Deps,
  signal: AbortSignal,
): Promise<RunningServer | undefined> {
  if (config.securePort === 0) return undefined;
  const connectReviewer = async (kubeconfig: string): Promise<Connected> => {
    if (kubeconfig === '' || kubeconfig === config.kubeconfig) return options.connected;
    const reviewer = await connect({ kubeconfig, master: '' }, options.component, deps);
    signal.addEventListener('abort', () => reviewer.transport.close(), { once: true });
    return reviewer;
  };
  const [tokens, access] = [
    await connectReviewer(config.authenticationKubeconfig),
    await connectReviewer(config.authorizationKubeconfig),
  ];
  const { authorize } = createDelegatedAuth(
    { alwaysAllowPaths: config.authorizationAlwaysAllowPaths },
    { tokens: tokens.unlimited('authentication'), access: access.unlimited('authorization') },
    deps,
  );
  return startServer(
    {
      bindAddress: config.bindAddress,
      port: config.securePort,
      tls: {
        certificateFile: config.tlsCertFile,
        keyFile: config.tlsPrivateKeyFile,
        offer: tlsOffer(config),
        certificateFolder: config.certDir,
        pairName: options.component,
        clientCa: config.clientCaFile ? await readFile(config.clientCaFile, 'utf8') : undefined,
      },
      checks: options.checks,
      authorize,
    },
    deps,
    signal,
  );
}
