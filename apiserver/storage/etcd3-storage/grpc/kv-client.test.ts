import { after, afterEach, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createCertificateAuthority, issueCertificate } from '../../../../component/certificates.ts';
import { systemClock } from '../../../../component/clock.ts';
import { freePorts, startEtcd, type Etcd } from '../../../../test/support/etcd.ts';
import { startTcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { createTestDeps } from '../../../../test/support/test-deps.ts';
import { GrpcError, grpcCodes } from './grpc-error.ts';
import { KvClient, type KvClientTls } from './kv-client.ts';

const within = (ms: number): { readonly deadlineMs: number } => ({ deadlineMs: systemClock.monotonicMs() + ms });
const minute = 60_000;
const key = (name: string): Buffer => Buffer.from(`/kv-client/${name}`);

describe('the client of the KV service', () => {
  let etcd: Etcd;
  const cleanUps: (() => unknown)[] = [];
  const open = (endpoint: string, tls: KvClientTls = {}): KvClient => {
    const client = new KvClient(new URL(endpoint), tls, { clock: systemClock });
    cleanUps.push(() => client.close());
    return client;
  };
  const failing = (call: Promise<unknown>, code: number, mayBeApplied?: boolean): Promise<void> =>
    assert.rejects(call, (error: unknown) => {
      assert.ok(error instanceof GrpcError, String(error));
      assert.equal(error.code, code, error.message);
      if (mayBeApplied !== undefined) assert.equal(error.mayBeApplied, mayBeApplied);
      return true;
    });

  before(async () => {
    etcd = await startEtcd();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  after(() => etcd?.stop());

  it('writes, reads and deletes', async () => {
    const client = open(etcd.endpoint);
    const value = Buffer.from('one');
    const created = await client.swap({ key: key('a'), expectedRevision: 0, put: { value } }, within(minute));
    const { revision } = created;
    assert.deepEqual(created, { succeeded: true, revision, current: undefined });
    const found = { key: key('a'), value, createRevision: revision, modRevision: revision };
    const refused = await client.swap({ key: key('a'), expectedRevision: 0 }, within(minute));
    assert.deepEqual(refused, { succeeded: false, revision, current: found });
    const request = { key: key('a'), rangeEnd: key('b') };
    assert.deepEqual(await client.range(request, within(minute)), { revision, kvs: [found], more: false, count: 1 });
    assert.equal((await client.swap({ key: key('a'), expectedRevision: revision }, within(minute))).succeeded, true);
    assert.deepEqual((await client.range(request, within(minute))).kvs, []);
  });

  it('gives the words of etcd', async () => {
    const client = open(etcd.endpoint);
    await assert.rejects(
      client.range({ key: key('a'), revision: 1_000_000_000 }, within(minute)),
      (error: unknown) =>
        error instanceof GrpcError &&
        error.code === grpcCodes.OUT_OF_RANGE &&
        error.message === 'etcdserver: mvcc: required revision is a future revision',
    );
    const lease = 4711n;
    const put = { value: Buffer.from('x'), lease };
    await failing(client.swap({ key: key('leased'), expectedRevision: 0, put }, within(minute)), grpcCodes.NOT_FOUND);
  });

  it('holds many calls at once, and answers of 40 MiB', async () => {
    const client = open(etcd.endpoint);
    const value = Buffer.alloc(1 << 20, 'abcdefg');
    const names = Array.from({ length: 40 }, (_, i) => `large/${String(i).padStart(2, '0')}`);
    await Promise.all(
      names.map((name) => client.swap({ key: key(name), expectedRevision: 0, put: { value } }, within(minute))),
    );
    const { kvs } = await client.range({ key: key('large/'), rangeEnd: key('large0') }, within(minute));
    assert.deepEqual(
      kvs.map((kv) => kv.key),
      names.map(key),
    );
    assert.ok(kvs.every((kv) => kv.value.equals(value)));
  });

  it('connects again after it was cut, at once', async () => {
    const proxy = await startTcpProxy(etcd.port);
    cleanUps.push(() => proxy.stop());
    const client = open(`http://127.0.0.1:${proxy.port}`);
    const both = [client.range({ key: key('a') }, within(minute)), client.range({ key: key('b') }, within(minute))];
    await Promise.all(both);
    assert.equal(proxy.connections, 1, 'a connection is shared');
    proxy.swallowAnswers = true;
    const cut = client.range({ key: key('a') }, within(minute));
    const failed = failing(cut, grpcCodes.UNAVAILABLE);
    proxy.cut();
    await failed;
    proxy.swallowAnswers = false;
    await client.range({ key: key('a') }, within(minute));
    assert.equal(proxy.connections, 2);
  });

  it('knows that nothing was carried out where nobody listens, and goes on as soon as somebody does', async () => {
    const [port] = await freePorts(1);
    const client = open(`http://127.0.0.1:${port}`);
    const request = { key: key('refused'), expectedRevision: 0, put: { value: Buffer.from('x') } };
    await failing(client.swap(request, within(minute)), grpcCodes.UNAVAILABLE, false);
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
    await failing(client.swap(request, within(minute)), grpcCodes.UNAVAILABLE, false);
  });

  it('waits for a connection no longer than the call lasts', async () => {
    // It accepts, but never says a word of TLS.
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const client = open(`https://127.0.0.1:${port}`);
    await failing(client.range({ key: key('a') }, within(50)), grpcCodes.DEADLINE_EXCEEDED, false);
    const controller = new AbortController();
    const waiting = client.range({ key: key('a') }, { ...within(minute), signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    client.close();
    await failing(client.range({ key: key('a') }, within(minute)), grpcCodes.UNAVAILABLE, false);
  });

  it('fails all that is under way when it is closed', async () => {
    const proxy = await startTcpProxy(etcd.port);
    cleanUps.push(() => proxy.stop());
    proxy.swallowAnswers = true;
    const client = open(`http://127.0.0.1:${proxy.port}`);
    const waiting = failing(client.range({ key: key('a') }, within(minute)), grpcCodes.UNAVAILABLE);
    client.close();
    await waiting;
    await failing(client.range({ key: key('a') }, within(minute)), grpcCodes.UNAVAILABLE, false);
  });

  it('knows etcd by its certificate, by address and by name, and shows its own', async () => {
    const deps = createTestDeps();
    const authority = await createCertificateAuthority({ commonName: 'etcd-ca' }, deps);
    const usages = ['server', 'client'] as const;
    const server = { commonName: 'etcd', ipAddresses: ['127.0.0.1'], dnsNames: ['localhost'], usages };
    const tls = { authority: authority.certificate, ...(await issueCertificate(authority, server, deps)) };
    const own = await startEtcd({ tls });
    cleanUps.push(() => own.stop());
    const issued = await issueCertificate(authority, { commonName: 'client', usages: ['client'] }, deps);
    const pair = { cert: Buffer.from(issued.certificate), key: Buffer.from(issued.privateKey) };
    const ca = Buffer.from(authority.certificate);
    for (const endpoint of [own.endpoint, own.endpoint.replace('127.0.0.1', 'localhost')]) {
      const { revision } = await open(endpoint, { ca, ...pair }).range({ key: key('a') }, within(minute));
      assert.ok(revision > 0);
    }
    await failing(open(own.endpoint, pair).range({ key: key('a') }, within(minute)), grpcCodes.UNAVAILABLE, false);
    await failing(open(own.endpoint, { ca }).range({ key: key('a') }, within(minute)), grpcCodes.UNAVAILABLE, false);
    const others = { commonName: 'etcd', dnsNames: ['etcd.example'], usages };
    const misnamed = await startEtcd({
      tls: { authority: authority.certificate, ...(await issueCertificate(authority, others, deps)) },
    });
    cleanUps.push(() => misnamed.stop());
    const stranger = open(misnamed.endpoint, { ca, ...pair });
    await failing(stranger.range({ key: key('a') }, within(minute)), grpcCodes.UNAVAILABLE, false);
  });
});
