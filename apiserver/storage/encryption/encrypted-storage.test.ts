import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { secrets } from '../../../api/resources/core/secret.ts';
import { serviceAccounts } from '../../../api/resources/core/service-account.ts';
import { createFakeClock } from '../../../component/fake-clock.ts';
import { systemRandom as random } from '../../../component/random.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../../../test/support/in-process-api-server.ts';
import { startKms, type TestKms } from '../../../test/support/kms.ts';
import { createTestDeps } from '../../../test/support/test-deps.ts';
import { namesFromPrefix } from '../keys.ts';
import { createMemoryStorage } from '../memory-storage.ts';
import { storageContract } from '../storage.contract.ts';
import type { Storage } from '../storage.ts';
import { createSeededAesGcm } from './aes-gcm.ts';
import { createEncryptedStorage } from './encrypted-storage.ts';
import { identity } from './identity.ts';
import { createTransformer } from './index.ts';
import { openEncryption, type OpenEncryption } from './open-encryption.ts';
import type { Transformer } from './transformer.ts';

const deps = createTestDeps();
const keyOf = (name: string, byte: number) => ({ name, secret: Buffer.alloc(32, byte) });

const keyed = ['aescbc', 'aesgcm', 'secretbox'] as const;
for (const kind of keyed) {
  const clock = createFakeClock();
  const transformer = createTransformer({ kind, keys: [keyOf('k', 1)] }, { ...deps, random });
  const create = (): Storage => createEncryptedStorage(createMemoryStorage({ clock }), () => [transformer]);
  const storage = create();
  storageContract(`memory, encrypted by ${kind}`, { storage: () => storage, createStorage: create, passLease: () => clock.advance(1500) }); // prettier-ignore
}

describe('encryption of values', () => {
  const path = '/registry/secrets/default/a';
  const value = Buffer.from('{"kind":"Secret","data":{"password":"aHVudGVyMg=="}}');
  const make = (kind: (typeof keyed)[number], ...keys: ReturnType<typeof keyOf>[]): Transformer =>
    createTransformer({ kind, keys }, { ...deps, random });

  for (const kind of keyed) {
    it(`${kind} writes with the first key and reads with each`, async () => {
      const old = make(kind, keyOf('one', 1));
      const written = await old.encrypt(value, path);
      assert.equal(written.toString('latin1', 0, 4), 'one:');
      assert.ok(!written.includes('password'));
      assert.deepEqual(await old.decrypt(written, path), { value, isStale: false });
      const rotated = make(kind, keyOf('two', 2), keyOf('one', 1));
      assert.deepEqual(await rotated.decrypt(written, path), { value, isStale: true });
      assert.throws(() => make(kind, keyOf('two', 2)).decrypt(written, path), /no matching key was found/);
      assert.throws(() => make(kind, keyOf('one', 9)).decrypt(written, path));
      assert.throws(() => old.decrypt(Buffer.from('one:short'), path), /shorter than the required size/);
    });
  }

  it('aesgcm refuses a value that was put in another place', async () => {
    const transformer = make('aesgcm', keyOf('k', 1));
    const written = await transformer.encrypt(value, path);
    assert.throws(() => transformer.decrypt(written, '/registry/secrets/kube-system/a'));
  });

  // Written by the transformers of k8s.io/apiserver v0.34.1, with a key of 32 bytes 7.
  const ofUpstream = [
    ['aescbc', 'e48a186b2c3f4ebd4c4ea145cc094460de7ee621b079714b251ba7ca1e11fade'],
    ['aesgcm', '685dc187455101e0a5a66f378c4ef84bc87b582ac70b5c59f0195efd0aa99ca5107d76'],
    ['secretbox', '3ebfefe178dc7251b200c4bc5a58b3d2197ca6c67ef846ee73db45c851b6cea7ffca1abc9e141b58836bfc215e2632'],
  ] as const;
  for (const [kind, hex] of ofUpstream)
    it(`${kind} reads what upstream wrote`, async () => {
      const written = Buffer.concat([Buffer.from('k:'), Buffer.from(hex, 'hex')]);
      const { value: read } = await make(kind, keyOf('k', 7)).decrypt(written, path);
      assert.equal(read.toString(), 'a value');
    });

  it('derives the key of a value from a seed as upstream does', () => {
    const written =
      '8a2e8364794ce056675490be1903274c2fdf82c94593e8a8868db46a4c9bd1fce4661fc80164b8d0f1d8b25466cd414cad75f4cfe873544f5deb6cbc658f25194138a3';
    const cipher = createSeededAesGcm(Buffer.alloc(32, 7), random);
    assert.equal(cipher.decrypt(Buffer.from(written, 'hex'), path).toString(), 'a value');
  });
});

describe('values that are not encrypted', () => {
  it('are handed on as the store gave them', async () => {
    const raw = createMemoryStorage({ clock: createFakeClock() });
    await raw.put('/registry/secrets/default/a', Buffer.from('{}'), { expectedRevision: 0 });
    await raw.put('/registry/pods/default/a', Buffer.from('{}'), { expectedRevision: 0 });
    const { items } = await raw.range({ prefix: '/registry/' });
    const fixed: Storage = { ...raw, range: (options) => raw.range(options).then((result) => ({ ...result, items })) };
    const store = createEncryptedStorage(fixed, (prefix) => (prefix.endsWith('/secrets/') ? [identity] : undefined));
    const read = await store.range({ prefix: '/registry/' });
    assert.equal(read.items.length, 2);
    for (const [index, item] of read.items.entries()) assert.equal(item, items[index]);
  });
});

describe('envelope encryption', () => {
  const path = '/registry/secrets/default/a';
  const value = Buffer.from('value');
  let kms: TestKms;
  const stop = new AbortController();
  beforeEach(async () => {
    kms = await startKms();
  });
  afterEach(() => kms.stop());
  after(() => stop.abort());
  const start = (clock = createFakeClock()) => {
    const transformer = createTransformer(
      { kind: 'kms', name: 'vault', endpoint: kms.endpoint, timeoutMs: 3000 },
      { ...deps, random, clock: { ...clock, now: () => Date.now() } },
    );
    return { transformer, clock };
  };

  it('asks for one seed, and derives a key for each value', async () => {
    const { transformer } = start();
    const [one, two] = [await transformer.encrypt(value, path), await transformer.encrypt(value, path)];
    assert.notDeepEqual(one, two);
    assert.deepEqual(kms.calls, ['Status', 'Encrypt']);
    assert.deepEqual(await transformer.decrypt(one, path), { value, isStale: false });
    assert.deepEqual(kms.calls, ['Status', 'Encrypt']);
    await assert.rejects(async () => transformer.decrypt(one, `${path}b`));
  });

  it('reads what another server wrote, asking once', async () => {
    const written = await start().transformer.encrypt(value, path);
    const { transformer } = start();
    kms.calls.splice(0);
    assert.deepEqual((await transformer.decrypt(written, path)).value, value);
    assert.deepEqual((await transformer.decrypt(written, path)).value, value);
    assert.deepEqual(kms.calls, ['Decrypt']);
  });

  it('reads a list of what another server wrote, asking once', async () => {
    const raw = createMemoryStorage({ clock: createFakeClock() });
    const [ours, theirs] = [start().transformer, start().transformer];
    for (const name of ['a', 'b', 'c'])
      await createEncryptedStorage(raw, () => [theirs]).put(`${path}/${name}`, value, { expectedRevision: 0 });
    kms.calls.splice(0);
    const { items } = await createEncryptedStorage(raw, () => [ours]).range({ prefix: path });
    assert.deepEqual(
      items.map((item) => String(item.value)),
      ['value', 'value', 'value'],
    );
    assert.deepEqual(kms.calls, ['Decrypt']);
  });

  it('takes another seed when the key is another, and knows what is to be written anew', async () => {
    const { transformer } = start();
    const written = await transformer.encrypt(value, path);
    kms.keyId = 'key-2';
    await transformer.check!();
    assert.deepEqual(await transformer.decrypt(written, path), { value, isStale: true });
    const again = await transformer.encrypt(value, path);
    assert.deepEqual(await transformer.decrypt(again, path), { value, isStale: false });
    assert.ok(again.includes('key-2'));
  });

  it('encrypts no more when it has not heard of the key for three minutes', async () => {
    const { transformer, clock } = start();
    await transformer.encrypt(value, path);
    kms.healthz = 'sealed';
    await clock.advance(2 * 60_000);
    await transformer.encrypt(value, path);
    await clock.advance(2 * 60_000);
    await assert.rejects(async () => transformer.encrypt(value, path), /got unexpected healthz status: sealed/);
    await assert.rejects(transformer.check!(), /sealed/);
  });
});

describe('an API server with encryption', () => {
  const header = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n';
  const key = (name: string, byte: number): string =>
    `{name: ${name}, secret: ${Buffer.alloc(32, byte).toString('base64')}}`;
  const configuration = (...providers: string[]): string =>
    `${header}resources:\n- resources: [secrets]\n  providers: [${providers.join(', ')}]\n`;
  const clock = createFakeClock();
  const raw = createMemoryStorage({ clock });
  const at = { namespace: 'default', name: 'key' };
  let folder: string;
  let file: string;
  let encryption: OpenEncryption;
  let server: InProcessApiServer;
  let running: Promise<void>;
  const stop = new AbortController();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-encryption-'));
    file = join(folder, 'encryption.yaml');
    await writeFile(file, configuration('{identity: {}}'));
    encryption = await openEncryption(
      { file, automaticReload: true, namesOf: namesFromPrefix },
      { ...deps, random, clock },
    );
    running = encryption.run(stop.signal);
    server = await startInProcessApiServer({ storage: createEncryptedStorage(raw, encryption.transformersOf) });
    await server.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } });
  });
  after(async () => {
    await server.stop();
    stop.abort();
    await running;
    await raw.close();
    await rm(folder, { recursive: true, force: true });
  });

  const reload = async (text: string): Promise<void> => {
    await writeFile(file, text);
    const known = deps.lines.length;
    while (deps.lines.length === known) await clock.advance(10_000);
  };
  const headOf = async (): Promise<string> =>
    (await raw.get('/registry/secrets/default/key'))!.value.toString('latin1', 0, 24);
  /** As `kubectl get secrets -o json | kubectl replace -f -` does. */
  const rewrite = async (): Promise<void> =>
    void (await server.client.update(secrets, await server.client.get(secrets, at)));

  it('keeps values as they are until it is told otherwise', async () => {
    await server.client.create(secrets, { metadata: at, stringData: { password: 'hunter2' } });
    assert.match(await headOf(), /^\{"kind":"Secret"/);
  });

  it('encrypts what is written from then on; what is there is written anew by writing it as it is', async () => {
    await reload(configuration(`{aescbc: {keys: [${key('one', 1)}]}}`, '{identity: {}}'));
    assert.match(await headOf(), /^\{"kind":"Secret"/);
    const { metadata } = await server.client.get(secrets, at);
    await rewrite();
    assert.match(await headOf(), /^k8s:enc:aescbc:v1:one:/);
    const after = await server.client.get(secrets, at);
    assert.notEqual(after.metadata.resourceVersion, metadata.resourceVersion);
    assert.equal(Buffer.from(after.data!['password']!, 'base64').toString(), 'hunter2');
    await rewrite();
    assert.equal((await server.client.get(secrets, at)).metadata.resourceVersion, after.metadata.resourceVersion);
    const everything = await raw.range({ prefix: '/registry/secrets/' });
    for (const { value } of everything.items) assert.ok(!value.includes('hunter2') && !value.includes('aHVudGVyMg'));
  });

  it('goes over to another key, and another way, with every secret readable all the time', async () => {
    await reload(configuration(`{secretbox: {keys: [${key('two', 2)}]}}`, `{aescbc: {keys: [${key('one', 1)}]}}`));
    assert.match(await headOf(), /^k8s:enc:aescbc:v1:one:/);
    assert.ok((await server.client.get(secrets, at)).data!['password']);
    await rewrite();
    assert.match(await headOf(), /^k8s:enc:secretbox:v1:two/);
    await reload(configuration(`{secretbox: {keys: [${key('two', 2)}]}}`));
    const fresh = await startInProcessApiServer({ storage: createEncryptedStorage(raw, encryption.transformersOf) });
    assert.equal((await fresh.client.get(secrets, at)).data!['password'], 'aHVudGVyMg==');
    await fresh.stop();
  });

  it('stays with what it has where the new configuration is wrong', async () => {
    await reload(configuration('{secretbox: {keys: []}}'));
    assert.equal(deps.lines.at(-1)!.message, 'the encryption configuration is not taken over, the old one stays');
    await server.client.create(secrets, { metadata: { ...at, name: 'later' } });
    assert.match(
      (await raw.get('/registry/secrets/default/later'))!.value.toString('latin1'),
      /^k8s:enc:secretbox:v1:two:/,
    );
  });

  it('never takes one value for another, nor what it cannot read for nothing', async () => {
    const storage = createEncryptedStorage(raw, () => [createTransformer({ kind: 'identity' }, deps)]);
    await assert.rejects(
      storage.get('/registry/secrets/default/key'),
      /unable to transform key "\/registry\/secrets\/default\/key": identity transformer tried to read encrypted data/,
    );
  });
});
