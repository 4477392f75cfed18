import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import packet from 'dns-packet';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Service } from '../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../api/schema/generated/discovery-v1.ts';
import { systemClock } from '../component/clock.ts';
import { silentLogger } from '../component/logger.ts';
import { systemRandom } from '../component/random.ts';
import { createForwarder, parseUpstream, resolversOf } from './forwarder.ts';
import { startDnsServer, type DnsServer } from './server.ts';
import type { ClusterView } from './zone.ts';

const web: Service = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: { clusterIP: '10.96.0.20', ports: [{ port: 80 }] },
};
const many: Service = { metadata: { name: 'many', namespace: 'shop' }, spec: { clusterIP: 'None' } };
const slice: EndpointSlice = {
  metadata: { name: 'many-1' },
  addressType: 'IPv4',
  endpoints: Array.from({ length: 200 }, (_, i) => ({ addresses: [`172.20.0.${i}`] })),
};
const view: ClusterView = {
  service: (_, name) => (name === 'web' ? web : name === 'many' ? many : undefined),
  slices: () => [slice],
  hasNamespace: (name) => name === 'shop',
  serviceByIp: () => undefined,
  slicesByIp: () => [],
};

describe('the DNS server', () => {
  let stop: AbortController;
  let server: DnsServer;
  let resolver: Resolver;
  let upstream: ReturnType<typeof createSocket>;
  const deps = { clock: systemClock, random: systemRandom, log: silentLogger };

  beforeEach(async () => {
    stop = new AbortController();
    upstream = createSocket('udp4');
    upstream.on('message', (message, peer) => {
      const query = packet.decode(message);
      const name = query.questions![0]!.name;
      upstream.send(
        packet.encode({
          type: 'response',
          id: query.id,
          questions: query.questions,
          answers: [{ name, type: 'A', ttl: 60, data: '192.0.2.80' }],
        }),
        peer.port,
        peer.address,
      );
    });
    await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve));
    // Port 9 answers nobody: the second resolver has to be asked.
    const forwarder = createForwarder(
      { upstreams: ['127.0.0.1:9', `127.0.0.1:${upstream.address().port}`], timeoutMs: 2_000 },
      deps,
    );
    server = await startDnsServer(
      { bindAddress: '127.0.0.1', port: 0, zone: { domain: 'cluster.local', ttlSeconds: 30 }, view, forwarder },
      { ...deps, metrics: new Registry() },
      stop.signal,
    );
    resolver = new Resolver({ tries: 1 });
    resolver.setServers([`127.0.0.1:${server.port}`]);
  });
  afterEach(async () => {
    stop.abort();
    await server.closed;
    upstream.close();
  });

  it('answers names of the cluster, in any case', async () => {
    assert.deepEqual(await resolver.resolve4('web.shop.svc.cluster.local', { ttl: true }), [
      { address: '10.96.0.20', ttl: 30 },
    ]);
    assert.deepEqual(await resolver.resolve4('WEB.shop.SVC.cluster.local'), ['10.96.0.20']);
  });

  it('tells a name that is not there from one without such records', async () => {
    await assert.rejects(resolver.resolve4('none.shop.svc.cluster.local'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolve6('web.shop.svc.cluster.local'), { code: 'ENODATA' });
  });

  it('hands other names on, to the next resolver where one does not answer', async () => {
    assert.deepEqual(await resolver.resolve4('example.org'), ['192.0.2.80']);
  });

  it('truncates what does not fit a datagram, and gives all of it by TCP', async () => {
    assert.equal((await resolver.resolve4('many.shop.svc.cluster.local')).length, 200);
  });

  it('answers what it cannot read with a format error, and replies with nothing', async () => {
    const client = createSocket('udp4');
    const replies: Buffer[] = [];
    await new Promise<void>((resolve) => client.connect(server.port, '127.0.0.1', resolve));
    const answered = new Promise<void>((resolve) =>
      client.on('message', (reply) => {
        replies.push(reply);
        resolve();
      }),
    );
    client.send(Buffer.from([1, 2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0])); // itself a reply: no answer
    client.send(Buffer.from([7, 7, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0xc0]));
    await answered;
    client.close();
    assert.equal(replies.length, 1);
    assert.deepEqual([replies[0]!.readUInt16BE(0), replies[0]![3]! & 0x0f], [0x0707, 1]);
  });

  it('takes TCP messages in pieces', async () => {
    const query = packet.streamEncode({
      type: 'query',
      id: 5,
      questions: [{ type: 'A', name: 'web.shop.svc.cluster.local' }],
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.setNoDelay(true);
    for (const byte of query) socket.write(Buffer.from([byte]));
    const reply = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.destroy();
    assert.equal(packet.streamDecode(reply).id, 5);
  });
});

describe('upstream resolvers', () => {
  it('come from resolv.conf, without ourselves', () => {
    assert.deepEqual(
      resolversOf('search a b\nnameserver 10.0.0.2\n# nameserver 1.1.1.1\nnameserver 10.96.0.10\n', ['10.96.0.10']),
      ['10.0.0.2'],
    );
  });

  it('may have ports', () => {
    assert.deepEqual(parseUpstream('127.0.0.1:5353'), { host: '127.0.0.1', port: 5353 });
    assert.deepEqual(parseUpstream('fd00::1'), { host: 'fd00::1', port: 53 });
    assert.deepEqual(parseUpstream('[fd00::1]:54'), { host: 'fd00::1', port: 54 });
    assert.throws(() => parseUpstream('dns.example.org'), /is not the address of a resolver/);
  });
});
