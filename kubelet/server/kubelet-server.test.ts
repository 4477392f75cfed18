import assert from 'node:assert/strict';
import { request as httpsRequest } from 'node:https';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import { clusterRoleBindings } from '../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { createDelegatedAuth } from '../../client/delegated-auth.ts';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../component/certificates.ts';
import { startServer, type RunningServer } from '../../component/serving.ts';
import { startTestApiServer, testDeps, type TestApiServer } from '../../test/support/api-server.ts';
import { testPod } from '../../test/support/scheduler-objects.ts';
import type { KubeletConfig } from '../config.ts';
import type { Kubelet } from '../kubelet.ts';
import { createKubeletServer } from './kubelet-server.ts';

const nodeName = 'node-a';
const exec = '/exec/default/web/main?command=sh&output=1';
/** Verbs on subresources of nodes, by who holds them. */
const rights = {
  nobody: '',
  podReader: 'get pods',
  statsReader: 'get stats',
  logReader: 'get log',
  configReader: 'get configz',
  healthReader: 'get healthz',
  proxyReader: 'get proxy',
  proxyWriter: 'create proxy',
} as const;
type User = keyof typeof rights | 'monitor' | 'apiServer';

/** Its port is what attackers see of a node: real TLS, a real API server to ask, and behind it no containers at all. */
describe('the kubelet’s own port', function () {
  this.timeout(30_000);
  const deps = testDeps();
  const stop = new AbortController();
  let api: TestApiServer;
  let server: RunningServer;
  let folder: string;
  let authority: KeyPair;
  let stranger: KeyPair;
  let executed: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-kubelet-server-'));
    const users = [...Object.keys(rights), 'apiServer'].map((name) => `token-of-${name},${name},${name}`);
    api = await startTestApiServer({
      config: { authorizationModes: ['RBAC'] },
      tokens: [...users, 'token-of-monitor,monitor,monitor,"system:monitoring"'],
    });
    const apiGroup = 'rbac.authorization.k8s.io';
    const bind = (name: string, role: string): Promise<unknown> =>
      api.client.create(clusterRoleBindings, {
        metadata: { name },
        roleRef: { apiGroup, kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup, kind: 'User', name }],
      });
    for (const [name, right] of Object.entries(rights)) {
      const [verb = '', subresource = ''] = right.split(' ');
      if (!verb) continue;
      const rules = [
        { verbs: [verb], apiGroups: [''], resources: [`nodes/${subresource}`], resourceNames: [nodeName] },
      ];
      await api.client.create(clusterRoles, { metadata: { name }, rules });
      await bind(name, name);
    }
    await bind('apiServer', 'system:kubelet-api-admin');
    authority = await createCertificateAuthority({ commonName: 'kubernetes' }, deps);
    const other = await createCertificateAuthority({ commonName: 'kubernetes' }, deps);
    stranger = await issueCertificate(other, { commonName: 'apiServer', usages: ['client'] }, deps);

    const web = testPod('web', { container: { name: 'main' } });
    const container = { id: 'c', podUid: web.metadata.uid, name: 'main', image: 'image', state: 'running' };
    const kubelet = {
      nodeName,
      pods: () => [web],
      podStatus: () => undefined,
      findPod: () => web,
      runtime: { observe: () => Promise.resolve({ sandboxes: [], containers: [container] }) },
    } as unknown as Kubelet;
    const config = {
      anonymousAuth: false,
      authenticationTokenWebhook: true,
      authorizationMode: 'Webhook',
      rootDir: folder,
    } as KubeletConfig;
    const kubeletServer = createKubeletServer(
      {
        kubelet,
        config,
        auth: createDelegatedAuth(
          { allowAnonymous: false, cacheMs: 0 },
          { tokens: api.client, access: api.client },
          deps,
        ),
        streaming: {
          exec: ({ socket }, _target, { command }) => {
            executed.push(command.join(' '));
            socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
            return Promise.resolve();
          },
          attach: () => Promise.reject(new Error('nobody attaches')),
          portForward: () => Promise.reject(new Error('nobody forwards')),
        },
      },
      deps,
    );
    server = await startServer(
      {
        bindAddress: '127.0.0.1',
        port: 0,
        tls: { certificateFolder: folder, pairName: 'kubelet', clientCa: authority.certificate },
        authorize: kubeletServer.authorize,
        authorizesHealth: true,
        routers: [kubeletServer.router],
      },
      deps,
      stop.signal,
    );
    kubeletServer.attach(server.server);
  });
  after(async () => {
    stop.abort(new Error('the test is over'));
    await server?.closed;
    await api?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    executed = [];
  });

  interface Asked {
    readonly method?: string;
    readonly path: string;
    readonly authorization?: string;
    readonly certificate?: KeyPair;
    readonly upgrades?: boolean;
  }
  const ask = ({ method = 'GET', path, authorization, certificate, upgrades }: Asked): Promise<[number, string]> =>
    new Promise((resolve, reject) => {
      const outgoing = httpsRequest({
        host: '127.0.0.1',
        port: server.port,
        method,
        path,
        agent: false,
        rejectUnauthorized: false,
        cert: certificate?.certificate,
        key: certificate?.privateKey,
        headers: {
          ...(authorization ? { authorization } : {}),
          ...(upgrades ? { connection: 'Upgrade', upgrade: 'websocket' } : {}),
        },
      });
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve([response.statusCode!, Buffer.concat(chunks).toString().trim()]));
      });
      outgoing.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve([response.statusCode!, '']);
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  const as = (user: User): Pick<Asked, 'authorization'> => ({ authorization: `Bearer token-of-${user}` });

  const paths = [
    '/', '/pods', '/runningpods', '/stats/summary', '/metrics', '/metrics/cadvisor', '/metrics/resource', '/metrics/probes', '/configz', '/healthz',
    '/healthz/ping', '/livez', '/readyz', '/logs/', '/containerLogs/default/web/main', '/run/default/web/main', '/debug/pprof/', '/checkpoint/default/web/main', exec,
  ]; // prettier-ignore

  for (const path of paths)
    it(`is not for those without credentials, nor with wrong ones: ${path}`, async () => {
      for (const upgrades of [false, true]) {
        assert.deepEqual(await ask({ path, upgrades }), [401, 'Unauthorized']);
        assert.deepEqual(await ask({ path, upgrades, authorization: 'Bearer wrong' }), [401, 'Unauthorized']);
        assert.deepEqual(await ask({ path, upgrades, certificate: stranger }), [401, 'Unauthorized']);
      }
      assert.deepEqual(executed, []);
    });

  const words: readonly [method: string, path: string, verb: string, subresources: string][] = [
    ['GET', '/pods', 'get', 'pods proxy'],
    ['GET', '/runningpods', 'get', 'pods proxy'],
    ['GET', '/stats/summary', 'get', 'stats'],
    ['GET', '/metrics', 'get', 'metrics'],
    ['GET', '/metrics/cadvisor', 'get', 'metrics'],
    ['POST', '/metrics', 'create', 'metrics'],
    ['GET', '/logs/syslog', 'get', 'log'],
    ['POST', '/checkpoint/default/web/main', 'create', 'checkpoint'],
    ['GET', '/healthz', 'get', 'healthz proxy'],
    ['GET', '/healthz/syncloop', 'get', 'healthz proxy'],
    ['GET', '/configz', 'get', 'configz proxy'],
    ['GET', '/containerLogs/default/web/main', 'get', 'proxy'],
    ['POST', '/run/default/web/main', 'create', 'proxy'],
    ['POST', exec, 'create', 'proxy'],
    ['PUT', '/pods', 'update', 'pods proxy'],
    ['PATCH', '/', 'patch', 'proxy'],
    ['DELETE', '/pods', 'delete', 'pods proxy'],
    ['HEAD', '/pods', 'get', 'pods proxy'],
    ['GET', '/metricsx', 'get', 'proxy'],
    ['GET', '/PODS', 'get', 'proxy'],
    ['GET', '//pods', 'get', 'proxy'],
  ];
  for (const [method, path, verb, subresources] of words)
    it(`asks for ${verb} of nodes/{${subresources}} before ${method} ${path}`, async () => {
      const [status, text] = await ask({ method, path, ...as('nobody') });
      assert.equal(status, 403);
      const told = `Forbidden (user=nobody, verb=${verb}, resource=nodes, subresource(s)=[${subresources}])`;
      if (method !== 'HEAD') assert.equal(text, told);
    });

  const allowed: readonly [user: User, path: string][] = [
    ['podReader', '/pods'],
    ['proxyReader', '/pods'],
    ['configReader', '/configz'],
    ['healthReader', '/healthz'],
    ['healthReader', '/healthz/ping'],
    ['monitor', '/metrics'],
    ['apiServer', '/pods'],
    ['apiServer', '/healthz'],
  ];
  for (const [user, path] of allowed)
    it(`lets ${user} read ${path}`, async () => assert.equal((await ask({ path, ...as(user) }))[0], 200));

  it('runs commands for who may', async () => {
    assert.equal((await ask({ method: 'POST', path: exec, upgrades: true, ...as('proxyWriter') }))[0], 101);
    assert.equal((await ask({ method: 'POST', path: exec, upgrades: true, ...as('apiServer') }))[0], 101);
    assert.deepEqual(executed, ['sh', 'sh']);
  });

  const disguised: readonly [user: User, path: string][] = [
    ['monitor', exec],
    ['monitor', `/metrics/..${exec}`],
    ['monitor', `/metrics/x/../..${exec}`],
    ['monitor', `/metrics/%2e%2e${exec}`],
    ['monitor', `/metrics/.%2E${exec}`],
    ['monitor', `/metrics\\..\\${exec.slice(1)}`],
    ['monitor', `/metrics%2f..${exec}`],
    ['monitor', `http://kubelet/metrics/..${exec}`],
    ['monitor', `//metrics/..${exec}`],
    ['podReader', `/pods/..${exec}`],
    ['statsReader', `/stats/./..${exec}`],
    ['logReader', `/logs/..${exec}`],
    ['configReader', `/configz/..${exec}`],
    ['healthReader', `/healthz/..${exec}`],
    ['proxyWriter', exec],
    ['nobody', '/%zz/exec'],
    ['podReader', '/metrics'],
    ['monitor', '/pods'],
    ['monitor', '/metrics/../pods'],
    ['monitor', '/metrics/../containerLogs/default/web/main'],
    ['podReader', '/pods/../configz'],
    ['proxyWriter', '/pods'],
    ['statsReader', '/metrics'],
  ];
  for (const [user, path] of disguised)
    it(`does not let ${user} GET ${path}`, async () => {
      for (const upgrades of [false, true])
        assert.equal((await ask({ path, upgrades, ...as(user) }))[0], 403, `upgrades: ${upgrades}`);
      assert.deepEqual(executed, []);
    });
});
