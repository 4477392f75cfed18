import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { connect, waitForApiServer } from '../../client/client-flags.ts';
import { createRetry } from '../../client/retry.ts';
import { writeFileAtomic } from '../../component/atomic-file.ts';
import type { Deps } from '../../component/deps.ts';
import { toYaml } from '../../component/yaml.ts';
import type { CertificateStore } from '../../component/certificate-store.ts';
import { requestClientCertificate } from './request-certificate.ts';

/**
 * Joins the cluster with the little that a bootstrap kubeconfig may do: gets a client certificate for this node, unless a
 * good one is there, and writes a kubeconfig that uses it. Nothing happens where the kubeconfig is there already.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/
 */
export async function bootstrapClient(
  given: {
    readonly kubeconfig: string;
    readonly bootstrapKubeconfig: string;
    readonly nodeName: string;
    readonly store: CertificateStore;
  },
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  if (existsSync(given.kubeconfig)) return;
  const connected = await connect({ kubeconfig: given.bootstrapKubeconfig, master: '' }, 'kubelet', deps);
  try {
    const current = await given.store.current();
    if (!current || current.notAfterMs <= deps.clock.now()) {
      await waitForApiServer(connected, deps, signal);
      const retry = createRetry({ initialMs: 1_000, maxMs: 60_000 }, deps);
      for (;;) {
        try {
          await given.store.update(
            await requestClientCertificate({ ...given, client: connected.client }, deps, signal),
          );
          break;
        } catch (error) {
          signal.throwIfAborted();
          await retry.after(error, 'no client certificate for this node yet, trying again', signal);
        }
      }
    }
    const { server, certificateAuthority, tlsServerName } = connected.connection;
    await mkdir(dirname(given.kubeconfig), { recursive: true });
    await writeFileAtomic(
      given.kubeconfig,
      toYaml({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'default-cluster',
            cluster: {
              server,
              ...(certificateAuthority
                ? { 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') }
                : {}),
              ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
            },
          },
        ],
        users: [
          {
            name: 'default-auth',
            user: { 'client-certificate': given.store.currentFile, 'client-key': given.store.currentFile },
          },
        ],
        contexts: [
          {
            name: 'default-context',
            context: { cluster: 'default-cluster', user: 'default-auth', namespace: 'default' },
          },
        ],
        'current-context': 'default-context',
      }),
      { mode: 0o600 },
    );
    deps.log.info('this node has joined the cluster', { kubeconfig: given.kubeconfig });
  } finally {
    connected.transport.close();
  }
}
