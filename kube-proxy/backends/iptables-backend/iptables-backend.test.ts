import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'mocha';
import { createFakeClock } from '../../../component/fake-clock.ts';
import { createTestDeps } from '../../../test/support/test-deps.ts';
import { backendOptions, servicePort } from '../service-port.fixture.ts';
import { runProgram, type Run } from '../run-program.ts';
import { chainNames } from './chain-names.ts';
import { defineIptablesBackend } from './iptables-backend.ts';

const signal = new AbortController().signal;
const names = chainNames('KUBE');
const two = servicePort(['10.250.2.1:8080', '10.250.2.2:8080'], { nodePort: 30080 });
const one = servicePort(['10.250.2.2:8080'], { nodePort: 30080 });
const other = servicePort(['10.250.2.1:9090'], { name: 'shop/other', clusterIp: '10.199.0.11', port: 81 });

/** One test after another on the same rules: what a node sees from the start of kube-proxy to its clean-up. */
describe('iptablesBackend in a network namespace', function () {
  const node = `k8ts-n${process.pid}`;
  const pod = `k8ts-p${process.pid}`;
  const restores: string[] = [];
  const servers: ChildProcess[] = [];
  const clock = createFakeClock();
  const deps = createTestDeps({ clock });

  /** As on the node; the host's own modules are left as they are. */
  const run: Run = async (file, args, input) => {
    if (file === 'modprobe') return '';
    if (file === 'iptables-restore' && input) restores.push(input);
    return runProgram('ip', ['netns', 'exec', node, file, ...args], input);
  };
  const backend = defineIptablesBackend(run);
  const proxy = backend.create(backendOptions, deps);
  const saved = async (table: string): Promise<string> => run('iptables-save', ['-t', table]);
  const ourChains = async (): Promise<string[]> =>
    [...`${await saved('nat')}${await saved('filter')}`.matchAll(/^:(KUBE-\S+)/gm)].map((match) => match[1]!);

  /** Connects several times from a namespace; what the servers said. */
  const answers = async (from: string, url: string): Promise<Set<string>> => {
    const script = `for (let i = 0; i < 24; i++) console.log(await (await fetch('${url}', { headers: { connection: 'close' } })).text())`;
    const args = ['netns', 'exec', from, process.execPath, '--input-type=module', '-e', script];
    return new Set((await runProgram('ip', args)).trim().split('\n'));
  };

  before(async () => {
    await runProgram('ip', ['netns', 'add', node]);
    await runProgram('ip', ['netns', 'add', pod]);
    const link = ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pod];
    await runProgram('ip', ['-n', node, ...link]);
    const nodeSide = ['link set lo up', 'address add 10.250.1.1/24 dev eth0', 'link set eth0 up'];
    nodeSide.push('address add 10.250.2.1/32 dev lo', 'address add 10.250.2.2/32 dev lo');
    nodeSide.push('route add default via 10.250.1.2');
    await runProgram('ip', ['-n', node, '-batch', '-'], nodeSide.join('\n'));
    const podSide = ['address add 10.250.1.2/24 dev eth0', 'link set eth0 up', 'route add default via 10.250.1.1'];
    await runProgram('ip', ['-n', pod, '-batch', '-'], podSide.join('\n'));
    for (const ip of ['10.250.2.1', '10.250.2.2']) {
      const script = `require('http').createServer((_, r) => r.end('${ip}')).listen(8080, '${ip}', () => console.log('up'))`;
      const server = spawn('ip', ['netns', 'exec', node, process.execPath, '-e', script]);
      servers.push(server);
      await once(server.stdout, 'data');
    }
    await run('iptables', ['-t', 'nat', '-A', 'POSTROUTING', '-s', '192.0.2.7/32', '-j', 'ACCEPT']);
    await run('iptables', ['-t', 'filter', '-N', 'FOREIGN']);
  });
  after(async () => {
    for (const server of servers) server.kill('SIGKILL');
    await runProgram('ip', ['netns', 'delete', node]);
    await runProgram('ip', ['netns', 'delete', pod]);
  });

  it('works here', async () => assert.equal(await backend.unavailable(), undefined));

  it('makes a service reachable from pods and from the node: each endpoint answers', async () => {
    await proxy.sync([two, other], signal);
    const both = new Set(['10.250.2.1', '10.250.2.2']);
    for (const [from, url] of [
      [pod, 'http://10.199.0.10/'],
      [node, 'http://10.199.0.10/'],
      [pod, 'http://10.250.1.1:30080/'],
    ] as const)
      assert.deepEqual(await answers(from, url), both, `${from} ${url}`);
    assert.match(await saved('nat'), /-A KUBE-SERVICES -d 10.199.0.10\/32 .* -j KUBE-SVC-/);
  });

  it('writes nothing where nothing changed, and only the chains that differ after a small change', async () => {
    restores.length = 0;
    await proxy.sync([two, other], signal);
    assert.deepEqual(restores, []);
    await proxy.sync([one, other], signal);
    const gone = names.endpoint(two, two.allEndpoints[0]!);
    const chains = [...restores.join('').matchAll(/^:(\S+)/gm)].map((match) => match[1]);
    assert.deepEqual(chains, [names.service(two), gone]);
    assert.ok(!(await ourChains()).includes(gone));
    assert.deepEqual(await answers(pod, 'http://10.199.0.10/'), new Set(['10.250.2.2']));
  });

  it('brings back rules that somebody flushed', async () => {
    await run('iptables', ['-t', 'nat', '-F']);
    await clock.advance(31_000);
    await proxy.sync([one, other], signal);
    assert.deepEqual(await answers(pod, 'http://10.199.0.10/'), new Set(['10.250.2.2']));
    await run('iptables', ['-t', 'nat', '-A', 'POSTROUTING', '-s', '192.0.2.7/32', '-j', 'ACCEPT']);
  });

  it('takes over what an earlier process left: one jump a built-in chain, no chain of a service that is gone', async () => {
    await defineIptablesBackend(run).create(backendOptions, deps).sync([one], signal);
    const nat = await saved('nat');
    assert.equal(nat.match(/-A PREROUTING .*-j KUBE-SERVICES/g)?.length, 1);
    assert.ok(!(await ourChains()).includes(names.service(other)));
  });

  it('refuses connections to a service without endpoints', async () => {
    await defineIptablesBackend(run)
      .create(backendOptions, deps)
      .sync([servicePort([])], signal);
    await assert.rejects(answers(node, 'http://10.199.0.10/'), /ECONNREFUSED/);
  });

  it('leaves nothing of its own after clean-up, and what is not its own as it was', async () => {
    await backend.cleanup(backendOptions, deps);
    assert.deepEqual(await ourChains(), []);
    assert.ok(!`${await saved('nat')}${await saved('filter')}`.includes('KUBE-'));
    assert.match(await saved('nat'), /-A POSTROUTING -s 192.0.2.7\/32 -j ACCEPT/);
    assert.match(await saved('filter'), /:FOREIGN/);
    await backend.cleanup(backendOptions, deps); // nothing there: not an error
  });
});
