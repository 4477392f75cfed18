import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'mocha';
import { endpointSlices } from '../../api/resources/discovery/endpoint-slice.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { services } from '../../api/resources/core/service.ts';
import { runProgram } from '../../kube-proxy/backends/run-program.ts';
import { startTestApiServer, type TestApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';

const proxyMain = fileURLToPath(new URL('../../kube-proxy/main.ts', import.meta.url));

/** Says its address to whoever asks, over TCP (HTTP) and UDP. */
const echoScript = `
  const ip = process.argv[1];
  require('http').createServer((_, response) => response.end(ip)).listen(8080, ip, () => console.log('up'));
  const udp = require('dgram').createSocket('udp4');
  udp.on('message', (_, peer) => udp.send(ip, peer.port, peer.address)).bind(8053, ip);`;

/** Asks 24 times over TCP, each over a connection of its own; prints the answers. */
const askTcpScript = `
  const [address, port] = process.argv.slice(1);
  for (let i = 0; i < 24; i++) {
    const response = await fetch('http://' + address + ':' + port, { headers: { connection: 'close' } });
    console.log(await response.text());
  }`;

/** The same over UDP, from 24 sockets that hear only who was asked; a datagram without answer is sent again. */
const askUdpScript = `
  import { createSocket } from 'node:dgram';
  const [address, port] = process.argv.slice(1);
  for (let i = 0; i < 24; i++) {
    const socket = createSocket('udp4').on('error', () => {});
    await new Promise((resolve) => socket.connect(Number(port), address, resolve));
    const again = setInterval(() => socket.send('?'), 200);
    socket.send('?');
    console.log(String(await new Promise((resolve) => socket.on('message', resolve))));
    clearInterval(again);
    socket.close();
  }`;

/** Where there is no iptables, on a node (a network namespace) of its own with a pod (another) behind it. */
describe('kube-proxy without iptables', function () {
  const node = `k8ts-n${process.pid}`;
  const pod = `k8ts-p${process.pid}`;
  const endpointIps = ['10.250.2.1', '10.250.2.2'] as const;
  const children: ChildProcess[] = [];
  let folder: string;
  let api: TestApiServer;
  let door: Server;
  let proxy: ChildProcess;
  let log = '';

  const inNamespace = (name: string, args: readonly string[]): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', name, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    return child;
  };
  const proxyArgs = (...extra: string[]): string[] => [
    'env',
    `PATH=${join(folder, 'bin')}`,
    process.execPath,
    proxyMain,
    `--kubeconfig=${join(folder, 'kubeconfig')}`,
    '--hostname-override=node-1',
    '--iptables-min-sync-period=10ms',
    ...extra,
  ];
  const startProxy = async (): Promise<void> => {
    log = '';
    proxy = inNamespace(node, proxyArgs());
    for (const stream of [proxy.stdout!, proxy.stderr!]) stream.on('data', (chunk) => (log += String(chunk)));
    const healthz = ['netns', 'exec', node, 'curl', '-sSf', 'http://127.0.0.1:10256/healthz'];
    await eventually('kube-proxy is healthy', async () => (await runProgram('ip', healthz)) !== '', {
      timeoutMs: 20_000,
    }).catch((error: Error) => assert.fail(`${error.message}\n${log}`));
  };
  const ask = async (from: string, protocol: 'tcp' | 'udp', address: string, port: number): Promise<string[]> => {
    const script = protocol === 'tcp' ? askTcpScript : askUdpScript;
    const args = ['netns', 'exec', from, 'timeout', '20', process.execPath, '--input-type=module', '-e', script];
    return [...new Set((await runProgram('ip', [...args, address, String(port)])).trim().split('\n'))].sort();
  };
  const endpointSlice = (ips: readonly string[]): Parameters<typeof api.client.create>[1] =>
    ({
      metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [
        ...ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
        { addresses: ['10.250.2.9'], conditions: { ready: false } },
      ],
      ports: [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: 'dns', port: 8053, protocol: 'UDP' },
      ],
    }) as never;
  const leaveEndpoints = async (ips: readonly string[]): Promise<void> => {
    const patch = { endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })) };
    await api.client.patch(endpointSlices, { namespace: 'shop', name: 'web-1' }, { type: 'merge', body: patch });
  };
  const addresses = async (): Promise<string> => runProgram('ip', ['-n', node, '-o', '-4', 'address', 'show']);

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'k8ts-kube-proxy-'));
    await mkdir(join(folder, 'bin'));
    await symlink((await runProgram('which', ['ip'])).trim(), join(folder, 'bin', 'ip'));
    await runProgram('ip', ['netns', 'add', node]);
    await runProgram('ip', ['netns', 'add', pod]);
    await runProgram('ip', ['-n', node, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod]);
    const nodeSide = ['link set lo up', 'link set eth0 up', ...endpointIps.map((ip) => `address add ${ip}/32 dev lo`)];
    nodeSide.push('address add 10.250.1.1/24 dev eth0', 'address add 10.250.1.5/24 dev eth0');
    await runProgram('ip', ['-n', node, '-batch', '-'], nodeSide.join('\n'));
    const podSide = ['link set eth0 up', 'address add 10.250.1.2/24 dev eth0', 'route add default via 10.250.1.1'];
    await runProgram('ip', ['-n', pod, '-batch', '-'], podSide.join('\n'));
    for (const ip of endpointIps) {
      const server = inNamespace(node, [process.execPath, '-e', echoScript, ip]);
      await once(server.stdout!, 'data');
    }

    api = await startTestApiServer();
    await api.client.create(namespaces, { metadata: { name: 'shop' } });
    await api.client.create(services, {
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        type: 'NodePort',
        clusterIP: '10.0.0.77',
        ports: [
          { name: 'http', port: 80, nodePort: 30080, protocol: 'TCP', targetPort: 8080 },
          { name: 'dns', port: 53, nodePort: 30053, protocol: 'UDP', targetPort: 8053 },
        ],
      },
    });
    await api.client.create(endpointSlices, endpointSlice(endpointIps) as never);
    // Sockets of the file system are seen from every network namespace: so the node reaches the API server.
    const socket = join(folder, 'api.sock');
    const port = Number(new URL(api.url).port);
    door = createServer((inside) => {
      const outside = connect(port, '127.0.0.1').on('error', () => inside.destroy());
      inside.on('error', () => outside.destroy()).pipe(outside);
      outside.pipe(inside);
    }).listen(socket);
    const relay = `require('net').createServer((a) => { const b = require('net').connect(${JSON.stringify(socket)});
      a.on('error', () => b.destroy()).pipe(b); b.on('error', () => a.destroy()).pipe(a);
    }).listen(${port}, '127.0.0.1', () => console.log('up'))`;
    await once(inNamespace(node, [process.execPath, '-e', relay]).stdout!, 'data');
    const cluster = { server: api.url, 'certificate-authority-data': Buffer.from(api.ca).toString('base64') };
    const kubeconfig = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token: api.token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'c',
    };
    await writeFile(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
    await startProxy();
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const namespace of [node, pod]) await runProgram('ip', ['netns', 'delete', namespace]).catch(() => {});
    door?.close();
    await api?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('says in one line which mode it chose and why', () => {
    const lines = log.split('\n').filter((line) => line.includes('iptables'));
    assert.equal(lines.length, 1, log);
    const { message, mode, reasons } = JSON.parse(lines[0]!) as { message: string; mode: string; reasons: string[] };
    assert.match(message, /^proxy mode chosen/);
    assert.equal(mode, 'userspace');
    assert.deepEqual(reasons, ['iptables: iptables-restore: not found']);
  });

  for (const [where, protocol, address, port] of [
    ['the cluster address', 'tcp', '10.0.0.77', 80],
    ['the cluster address', 'udp', '10.0.0.77', 53],
    ['a node port', 'tcp', '10.250.1.1', 30080],
    ['a node port', 'udp', '10.250.1.1', 30053],
    ['a node port at another address of the node', 'udp', '10.250.1.5', 30053],
  ] as const) {
    it(`balances ${protocol} at ${where} over the ready endpoints, for pods and for the node`, async () => {
      for (const from of [pod, node]) assert.deepEqual(await ask(from, protocol, address, port), endpointIps, from);
    }).timeout(30_000);
  }

  it('keeps a client with its endpoint where the service says so', async () => {
    const affinity = { spec: { sessionAffinity: 'ClientIP' } };
    await api.client.patch(services, { namespace: 'shop', name: 'web' }, { type: 'merge', body: affinity });
    await eventually('one endpoint answers', async () => (await ask(pod, 'tcp', '10.0.0.77', 80)).length === 1);
    assert.equal((await ask(pod, 'udp', '10.0.0.77', 53)).length, 1);
    const none = { spec: { sessionAffinity: 'None', sessionAffinityConfig: null } };
    await api.client.patch(services, { namespace: 'shop', name: 'web' }, { type: 'merge', body: none });
    await eventually('both answer', async () => (await ask(pod, 'tcp', '10.0.0.77', 80)).length === 2);
  });

  it('uses an endpoint no longer that is gone, also for a client that goes on sending', async () => {
    const script = `
      const socket = require('dgram').createSocket('udp4').on('message', (text) => console.log(String(text)));
      socket.connect(53, '10.0.0.77', () => setInterval(() => socket.send('?'), 50));`;
    const client = inNamespace(pod, [process.execPath, '-e', script]);
    let last = '';
    client.stdout!.on('data', (chunk) => (last = String(chunk).trim().split('\n').at(-1)!));
    const first = await eventually('an answer', () => last !== '' && last);
    const other = endpointIps.find((ip) => ip !== first)!;
    await leaveEndpoints([other]);
    await eventually('the other endpoint answers', () => last === other);
    client.kill('SIGKILL');
    await eventually('new connections too', async () => (await ask(pod, 'tcp', '10.0.0.77', 80)).join() === other);
    await leaveEndpoints(endpointIps);
    await eventually('both answer', async () => (await ask(pod, 'tcp', '10.0.0.77', 80)).length === 2);
  });

  it('takes over after kill -9, and removes what belongs to a service that has gone meanwhile', async () => {
    const gone = { name: 'gone', namespace: 'shop' };
    await api.client.create(services, { metadata: gone, spec: { clusterIP: '10.0.0.78', ports: [{ port: 81 }] } });
    await eventually('its address is there', async () => (await addresses()).includes('10.0.0.78/32'));
    const ended = once(proxy, 'exit');
    proxy.kill('SIGKILL');
    await ended;
    await api.client.delete(services, gone);
    await startProxy();
    assert.doesNotMatch(await addresses(), /10\.0\.0\.78/);
    assert.deepEqual(await ask(pod, 'tcp', '10.0.0.77', 80), endpointIps);
    assert.deepEqual(await ask(pod, 'udp', '10.0.0.77', 53), endpointIps);
  });

  it('removes everything with --cleanup', async () => {
    const ended = once(proxy, 'exit');
    proxy.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.match(await addresses(), /10\.0\.0\.77/); // a restart interrupts nobody for longer than it takes
    for (let i = 0; i < 2; i++) {
      const [code] = (await once(inNamespace(node, proxyArgs('--cleanup')), 'exit')) as [number];
      assert.equal(code, 0);
      assert.doesNotMatch(await addresses(), /10\.0\.0\.77|kube/);
    }
  });
});
