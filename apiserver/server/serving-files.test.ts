import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type TLSSocket } from 'node:tls';
import { after, before, describe, it } from 'mocha';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../component/certificates.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { until } from '../../test/support/until.ts';
import { startHttpsServer, type HttpsServer } from './https-server.ts';
import { openServingFiles } from './serving-files.ts';

describe('files of a server', () => {
  const clock = createFakeClock({ startMs: Date.UTC(2026, 10, 1) });
  const deps = createTestDeps({ clock });
  const stop = new AbortController();
  let folder: string;
  let authority: KeyPair;
  let server: HttpsServer;
  let following: Promise<void>;
  const path = (name: string): string => join(folder, name);

  const issue = (commonName: string, by = authority, usage: 'server' | 'client' = 'server'): Promise<KeyPair> =>
    issueCertificate(by, { commonName, dnsNames: [commonName], ipAddresses: ['127.0.0.1'], usages: [usage] }, deps);
  const write = async (name: string, pair: KeyPair): Promise<void> => {
    await writeFile(path(`${name}.crt`), pair.certificate);
    await writeFile(path(`${name}.key`), pair.privateKey);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-serving-'));
    authority = await createCertificateAuthority({ commonName: 'ca' }, deps);
    await write('main', await issue('main'));
    await write('named', await issue('named.example'));
    await writeFile(path('ca.crt'), authority.certificate);
    const files = await openServingFiles(
      {
        certificateFile: path('main.crt'),
        keyFile: path('main.key'),
        folder,
        ipAddresses: [],
        named: [{ certificateFile: path('named.crt'), keyFile: path('named.key'), names: ['*.example'] }],
        clientCaFiles: [path('ca.crt')],
      },
      deps,
    );
    server = await startHttpsServer(
      { bindAddress: '127.0.0.1', port: 0, drainMs: 0, ...files.material },
      ({ peerCertificate, certificateError }) =>
        Promise.resolve({
          status: 200,
          headers: {},
          body: { kind: 'bytes', chunks: [Buffer.from(peerCertificate?.commonName ?? certificateError ?? 'nobody')] },
        }),
      { ...deps, clock },
      stop.signal,
    );
    following = files.follow((material) => server.setMaterial(material), stop.signal);
  });
  after(async () => {
    stop.abort(new Error('the test is over'));
    await clock.advance(1000);
    await server.closed;
    await following;
    await rm(folder, { recursive: true });
  });

  const connect = async (options: tls.ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: authority.certificate, ...options });
    await once(socket, 'secureConnect');
    return socket;
  };
  const shown = async (servername?: string): Promise<string> => {
    const socket = await connect({ ...(servername ? { servername } : {}), checkServerIdentity: () => undefined });
    const name = String(socket.getPeerCertificate().subject.CN);
    socket.destroy();
    return name;
  };
  const who = async (client: KeyPair, servername?: string): Promise<string> => {
    const agent = new https.Agent();
    const request = https.request({
      host: '127.0.0.1',
      port: server.port,
      agent,
      ca: authority.certificate,
      cert: client.certificate,
      key: client.privateKey,
      ...(servername ? { servername } : {}),
      checkServerIdentity: () => undefined,
    });
    request.end();
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    let text = '';
    for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
    agent.destroy();
    return text;
  };
  /** Turns the clock until it holds. */
  const eventually = (condition: () => Promise<boolean>): Promise<void> =>
    until(async () => {
      await clock.advance(1000);
      return condition();
    });

  it('have a certificate for those who ask for a name', async () => {
    assert.equal(await shown(), 'main');
    assert.equal(await shown('a.example'), 'named.example');
    assert.equal(await shown('other'), 'main');
  });

  it('say who clients are, whatever name they ask for', async () => {
    const client = await issue('jane', authority, 'client');
    assert.equal(await who(client), 'jane');
    assert.equal(await who(client, 'a.example'), 'jane');
  });

  it('may change; connections that stand go on', async () => {
    const old = await connect();
    await write('main', await issue('renewed'));
    await write('named', await issue('renewed.example'));
    await eventually(async () => (await shown()) === 'renewed');
    assert.equal(await shown('a.example'), 'renewed.example');
    const answer = once(old, 'data');
    old.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    assert.match(String((await answer)[0]), /^HTTP\/1\.1 200 OK/);
    old.destroy();
  });

  it('are not taken while a certificate does not fit its key', async () => {
    const next = await issue('next');
    await writeFile(path('main.crt'), next.certificate);
    const looked = deps.lines.length;
    for (let i = 0; i < 2; i++) await clock.advance(10_000);
    assert.equal(await shown(), 'renewed');
    await writeFile(path('main.key'), next.privateKey);
    await eventually(async () => (await shown()) === 'next');
    assert.ok(deps.lines.slice(looked).every(({ level }) => level === 'info'));
  });

  it('may say that others are to be believed', async () => {
    const others = await createCertificateAuthority({ commonName: 'others' }, deps);
    const client = await issue('joe', others, 'client');
    assert.notEqual(await who(client), 'joe');
    await writeFile(path('ca.crt'), `${authority.certificate}${others.certificate}`);
    await eventually(async () => (await who(client)) === 'joe');
    await writeFile(path('ca.crt'), authority.certificate);
    await eventually(async () => (await who(client)) !== 'joe');
  });

  it('must fit together at the start', async () => {
    await writeFile(path('misfit.crt'), (await issue('a')).certificate);
    await writeFile(path('misfit.key'), (await issue('b')).privateKey);
    const options = { folder, ipAddresses: [], named: [], clientCaFiles: [] };
    await assert.rejects(
      openServingFiles({ ...options, certificateFile: path('misfit.crt'), keyFile: path('misfit.key') }, deps),
      /tls: private key does not match public key/,
    );
    await assert.rejects(
      openServingFiles({ ...options, clientCaFiles: [path('absent')] }, deps),
      /unable to read .*absent/,
    );
  });
});
