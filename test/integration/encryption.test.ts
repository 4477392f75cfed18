import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import type { Secret } from '../../api/schema/generated/core-v1.ts';
import { createEncryptedStorage } from '../../apiserver/storage/encryption/encrypted-storage.ts';
import { openEncryption } from '../../apiserver/storage/encryption/open-encryption.ts';
import { createEtcd3Storage } from '../../apiserver/storage/etcd3-storage/etcd3-storage.ts';
import { namesFromPrefix } from '../../apiserver/storage/keys.ts';
import type { Storage } from '../../apiserver/storage/storage.ts';
import type { Client } from '../../client/client.ts';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import { systemRandom as random } from '../../component/random.ts';
import { testDeps } from '../support/api-server.ts';
import { startEtcd, type Etcd } from '../support/etcd.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../support/in-process-api-server.ts';
import { createTestDeps } from '../support/test-deps.ts';

const word = 'correct-horse-battery-staple';
const encoded = Buffer.from(word).toString('base64');
const forms = [word, encoded, Buffer.from(encoded).toString('base64')];
const places = ['default', 'kube-system', 'team'];
const secretsEach = 5;

const key = (name: string, byte: number): string =>
  `{name: ${name}, secret: ${Buffer.alloc(32, byte).toString('base64')}}`;
const one = key('one', 1);
const two = key('two', 2);
const configuration = (...keys: string[]): string =>
  `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers: [{aescbc: {keys: [${keys.join(', ')}]}}]\n`;

/** A server with a configuration file of its own, that is read again when the test says so. */
interface EncryptingServer {
  readonly client: Client;
  use(...keys: string[]): Promise<void>;
  stop(): Promise<void>;
}

describe('secrets in etcd', function () {
  this.timeout(60_000);
  let folder: string;
  let etcd: Etcd;
  let raw: Storage;
  let servers: EncryptingServer[] = [];
  let clients: Client[];

  async function startServer(name: string, ...keys: string[]): Promise<EncryptingServer> {
    const file = join(folder, `${name}.yaml`);
    await writeFile(file, configuration(...keys));
    const clock: FakeClock = createFakeClock();
    const deps = createTestDeps({ clock });
    const stop = new AbortController();
    const encryption = await openEncryption({ file, automaticReload: true, namesOf: namesFromPrefix }, { ...deps, random });
    const running = encryption.run(stop.signal);
    const storage = createEncryptedStorage(
      createEtcd3Storage({ endpoints: [etcd.endpoint], deps: testDeps() }),
      encryption.transformersOf,
    );
    const server: InProcessApiServer = await startInProcessApiServer({ storage });
    return {
      client: server.client,
      use: async (...next) => {
        await writeFile(file, configuration(...next));
        const known = deps.lines.length;
        while (deps.lines.length === known) await clock.advance(10_000);
        assert.equal(deps.lines.at(-1)!.message, 'the encryption configuration is loaded anew');
      },
      stop: async () => {
        await server.stop();
        stop.abort();
        await running;
        await storage.close();
      },
    };
  } // prettier-ignore

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-encryption-'));
    etcd = await startEtcd();
    raw = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: testDeps() });
    servers = [await startServer('first', one), await startServer('second', one)];
    clients = servers.map(({ client }) => client);
    await clients[0]!.create(namespaces, { metadata: { name: 'team' } });
    await clients[0]!.create(configMaps, { metadata: { name: 'plain', namespace: 'team' }, data: { motto: 'for all to see' } }); // prettier-ignore
    for (const namespace of places)
      for (let i = 0; i < secretsEach; i++)
        await clients[i % 2]!.create(secrets, secretOf(namespace, `s-${i}`, i % 2 ? 'stringData' : 'data'));
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await raw?.close();
    await etcd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function secretOf(namespace: string, name: string, field: 'data' | 'stringData'): Secret {
    return { metadata: { namespace, name }, [field]: { password: field === 'data' ? encoded : word } };
  }

  /** What etcd itself holds under every key of a secret. */
  async function stored(): Promise<string[]> {
    const { items } = await raw.range({ prefix: '/registry/secrets/' });
    return items.map(({ value }) => value.toString('latin1'));
  }

  async function expectReadable(): Promise<void> {
    for (const client of clients) {
      const { items } = await client.list(secrets, {});
      const ours = items.filter(({ metadata }) => metadata.name!.startsWith('s-'));
      assert.equal(ours.length, places.length * secretsEach);
      for (const { metadata, data } of ours) assert.equal(data!['password'], encoded, `${metadata.namespace}/${metadata.name}`); // prettier-ignore
      await client.get(secrets, { namespace: 'team', name: 's-0' });
    }
  }

  async function expectNoWord(): Promise<void> {
    const { items } = await raw.range({ prefix: '/' });
    assert.ok(items.length > 100, 'all that a server makes by itself');
    for (const { key: name, value } of items)
      for (const form of forms) assert.ok(!value.includes(form), `${name} holds it`);
    // Its log and its database have every version that there ever was.
    let seen = 0;
    for (const entry of await readdir(etcd.dataDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      if (bytes.includes('for all to see')) seen++;
      for (const form of forms) assert.ok(!bytes.includes(form), `${entry.name} holds it`);
    }
    assert.ok(seen > 0, 'what is not encrypted is found by the same search');
  }

  it('are nowhere to be read, in no file of etcd’s', async () => {
    for (const value of await stored()) assert.match(value, /^k8s:enc:aescbc:v1:one:/);
    const at = { namespace: 'team', name: 's-0' };
    await clients[0]!.patch(secrets, at, { type: 'merge', body: { stringData: { more: word } } });
    await clients[1]!.patch(secrets, at, { type: 'apply', body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's-0' }, data: { again: encoded } } }, { fieldManager: 'test' }); // prettier-ignore
    await clients[0]!.update(secrets, { ...(await clients[0]!.get(secrets, at)), metadata: { ...at, annotations: { note: 'x' } } }); // prettier-ignore
    await clients[1]!.delete(secrets, { namespace: 'default', name: 's-1' });
    await clients[1]!.create(secrets, secretOf('default', 's-1', 'stringData'));
    await expectNoWord();
    await expectReadable();
  });

  it('stay readable at every server while the key is changed, without a restart', async () => {
    const steps = [
      [one, two],
      [two, one],
    ];
    for (const keys of steps)
      for (const server of servers) {
        await server.use(...keys);
        await expectReadable();
        // Written by this server, read by the other, which may be a step behind.
        const client = server.client;
        const name = 's-2';
        const current = await client.get(secrets, { namespace: 'team', name });
        const annotations = { step: `${keys.length}-${servers.indexOf(server)}-${keys[0] === one ? 'one' : 'two'}` };
        await client.update(secrets, { ...current, metadata: { ...current.metadata, annotations } });
        await expectReadable();
      }
    const before = await stored();
    assert.ok(
      before.some((value) => value.startsWith('k8s:enc:aescbc:v1:one:')),
      'what nobody wrote is as it was',
    );

    // As `kubectl get secrets -A -o json | kubectl replace -f -` does.
    const { items } = await clients[0]!.list(secrets, {});
    for (const [i, secret] of items.entries()) await clients[i % 2]!.update(secrets, secret);
    for (const value of await stored()) assert.match(value, /^k8s:enc:aescbc:v1:two:/);
    for (const server of servers) {
      await server.use(two);
      await expectReadable();
    }
    await expectNoWord();
  });

  it('are read by a new server with the new key, and by none with the old one', async () => {
    const fresh = await startServer('fresh', two);
    const { data } = await fresh.client.get(secrets, { namespace: 'kube-system', name: 's-3' });
    assert.equal(data!['password'], encoded);
    await fresh.stop();
    const late = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: testDeps() });
    const file = join(folder, 'late.yaml');
    await writeFile(file, configuration(one));
    const encryption = await openEncryption({ file, automaticReload: false, namesOf: namesFromPrefix }, { ...createTestDeps(), random }); // prettier-ignore
    const storage = createEncryptedStorage(late, encryption.transformersOf);
    await assert.rejects(storage.get('/registry/secrets/team/s-0'), /unable to transform key "\/registry\/secrets\/team\/s-0": no matching key was found/); // prettier-ignore
    await storage.close();
  });
});
