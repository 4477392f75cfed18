import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '../../../apiserver/audit/audit-event.ts';
import { createEtcd3Storage } from '../../../apiserver/storage/etcd3-storage/etcd3-storage.ts';
import type { Storage } from '../../../apiserver/storage/storage.ts';
import { adminToken, testDeps } from '../../support/api-server.ts';
import { startApiServerProcess, type ApiServerProcess } from '../../support/api-server-process.ts';
import { startEtcd, type Etcd } from '../../support/etcd.ts';
import { eventually } from '../../support/eventually.ts';
import {
  createAuthorities,
  createIdentities,
  createTokenForge,
  type Identity,
  type IdentityName,
  type TokenForge,
} from './identities.ts';
import { send, type Answer, type Sent } from './send.ts';
import { furnish, type Furniture } from './furnish.ts';

export const issuer = 'https://kubernetes.default.svc.cluster.local';

/** A kube-apiserver as operators start it, on an etcd of its own, full of what others want. */
export interface Target {
  readonly port: number;
  readonly furniture: Furniture;
  readonly forge: TokenForge;
  /** Base64 of the PEM of a certificate that the authority of clients signed. */
  readonly clientCertificate: string;
  identity(name: IdentityName): Identity;
  /** As the administrator; rejects where the answer is a failure. */
  administer(method: string, path: string, body?: unknown, headers?: Sent['headers']): Promise<Answer>;
  send(request: Omit<Sent, 'port'>): Promise<Answer>;
  /** All keys of the store with their revisions, but for what the server keeps up by itself. */
  state(): Promise<Map<string, number>>;
  /** The last event of a request by its id, once it is written. */
  audited(auditId: string): Promise<AuditEvent>;
  /** Ids of all requests that were written down. */
  auditedIds(): Promise<Set<string>>;
  stop(): Promise<void>;
}

/** The server's own lease and address, events, and what it makes of the objects of flow control. */
const kept =
  /^\/registry\/(masterleases|events|leases\/kube-system\/apiserver-|services\/endpoints\/default\/kubernetes|endpointslices\/default\/kubernetes|configmaps\/kube-system\/kube-apiserver-legacy)/;

/**
 * Needs `etcd` on the path; the server is a process of its own too. The caller stops it; where it cannot be brought up,
 * what has been started is stopped first.
 */
export async function startTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-security-'));
  const auditLog = join(folder, 'audit.log');
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const authorities = await createAuthorities();
  const identities = await createIdentities(authorities);
  const forge = createTokenForge();
  let etcd: Etcd | undefined;
  let server: ApiServerProcess | undefined;
  let storage: Storage | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    await storage?.close();
    await etcd?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    etcd = await startEtcd();
    storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: testDeps() });
    const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }; // prettier-ignore
    server = await startApiServerProcess({
      etcd: etcd.endpoint,
      advertiseAddress: '192.0.2.1',
      flags: [
        '--authorization-mode=Node,RBAC',
        '--allow-privileged=true',
        '--enable-bootstrap-token-auth',
        '--enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs,OwnerReferencesPermissionEnforcement',
        `--client-ca-file=${await write('clients.crt', authorities.clients.certificate)}`,
        `--requestheader-client-ca-file=${await write('front-proxies.crt', authorities.frontProxies.certificate)}`,
        '--requestheader-allowed-names=front-proxy-client',
        '--requestheader-username-headers=X-Remote-User',
        '--requestheader-group-headers=X-Remote-Group',
        '--requestheader-extra-headers-prefix=X-Remote-Extra-',
        `--service-account-key-file=${await write('forge.pub', forge.publicKey)}`,
        `--audit-policy-file=${await write('audit-policy.yaml', JSON.stringify(policy))}`,
        `--audit-log-path=${auditLog}`,
      ],
    });
    const port = Number(new URL(server.url).port);
    const administer: Target['administer'] = async (method, path, body, headers) => {
      const answer = await send({ port, method, path, body, headers: { authorization: `Bearer ${adminToken}`, ...headers } }); // prettier-ignore
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer;
    };
    const furniture = await furnish(administer);
    identities.set('pod', {
      user: 'system:serviceaccount:team:app',
      headers: { authorization: `Bearer ${furniture.podToken}` },
    });
    const auditLines = async (): Promise<string[]> => (await readFile(auditLog, 'utf8')).split('\n').slice(0, -1);
    return {
      port,
      furniture,
      forge,
      clientCertificate: Buffer.from(identities.get('looker')!.certificate!.certificate).toString('base64'),
      identity: (name) => identities.get(name)!,
      administer,
      send: (request) => send({ port, ...request }),
      state: async () => {
        const { items } = await storage!.range({ prefix: '/registry/' });
        return new Map(items.filter(({ key }) => !kept.test(key)).map(({ key, modRevision }) => [key, modRevision]));
      },
      audited: (auditId) =>
        eventually(
          `an audit event of ${auditId}`,
          async () => {
            const line = (await auditLines()).findLast((text) => text.includes(`"auditID":"${auditId}"`));
            return line === undefined ? undefined : (JSON.parse(line) as AuditEvent);
          },
          { timeoutMs: 10_000, everyMs: 5 },
        ),
      auditedIds: async () => new Set((await auditLines()).map((line) => (JSON.parse(line) as AuditEvent).auditID)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
