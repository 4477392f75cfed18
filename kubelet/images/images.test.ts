import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Container } from '../../api/schema/generated/core-v1.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createItemBackOff } from '../back-off.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import type { ContainerRuntime, ImageInfo, RegistryAuth } from '../runtime/container-runtime.ts';
import { StartError } from '../start-error.ts';
import { createImageManager } from './image-manager.ts';
import { parseImageReference } from './image-reference.ts';
import { credentialsFor } from './pull-credentials.ts';

describe('image reference', () => {
  const cases: [string, ReturnType<typeof parseImageReference>][] = [
    ['nginx', { registry: 'docker.io', repository: 'library/nginx' }],
    ['a/b:1', { registry: 'docker.io', repository: 'a/b', tag: '1' }],
    ['localhost:5000/a/b', { registry: 'localhost:5000', repository: 'a/b' }],
    ['localhost/a', { registry: 'localhost', repository: 'a' }],
    [`r.io/a@sha256:${'0'.repeat(64)}`, { registry: 'r.io', repository: 'a', digest: `sha256:${'0'.repeat(64)}` }],
    ['A', undefined],
    ['', undefined],
    ['a:', undefined],
    ['a b', undefined],
    ['r.io/a@sha256:1', undefined],
  ];
  for (const [text, expected] of cases) {
    it(JSON.stringify(text), () => assert.deepEqual(parseImageReference(text), expected));
  }
});

describe('pull secrets', () => {
  const secret = (auths: object): { metadata: object; data: Record<string, string> } => ({
    metadata: {},
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
  });
  const entry = (name: string): object => ({ auth: Buffer.from(`${name}:pass:word`).toString('base64') });
  const names = (image: string, ...auths: object[]): string[] =>
    credentialsFor(image, auths.map(secret)).map(({ username }) => username);

  it('match by registry, path and wildcard, most specific first', () => {
    const auths = { 'r.io': entry('any'), 'https://r.io/team': entry('team'), '*.example.com': entry('star') };
    assert.deepEqual(names('r.io/team/a:1', auths), ['team', 'any']);
    assert.deepEqual(names('r.io/teams/a', auths), ['any']);
    assert.deepEqual(names('eu.example.com/a', auths), ['star']);
    assert.deepEqual(names('eu.b.example.com/a', auths), []);
  });
  it('know Docker Hub by its old name', () => {
    assert.deepEqual(credentialsFor('nginx', [secret({ 'https://index.docker.io/v1/': entry('hub') })]), [
      { username: 'hub', password: 'pass:word', server: 'https://index.docker.io/v1/' },
    ]);
  });
  it('read the old format and survive nonsense', () => {
    const old = {
      metadata: {},
      data: {
        '.dockercfg': Buffer.from(JSON.stringify({ 'r.io': { username: 'u', password: 'p' } })).toString('base64'),
      },
    };
    assert.equal(credentialsFor('r.io/a', [old]).length, 1);
    assert.deepEqual(credentialsFor('r.io/a', [{ metadata: {}, data: { '.dockerconfigjson': 'e30' } }]), []);
    assert.deepEqual(credentialsFor('r.io/a', [{ metadata: {}, data: { '.dockerconfigjson': 'bm8=' } }]), []);
  });
});

describe('image manager', () => {
  const clock = createFakeClock();
  const pod: ReadonlyPod = { metadata: { name: 'p', namespace: 'd', uid: 'u' } };
  const info: ImageInfo = { id: 'sha256:1', tags: [], digests: [], sizeBytes: 5, user: '' };
  const setUp = (present: boolean, pull: (auth: RegistryAuth | undefined) => Promise<string>) => {
    const told: string[] = [];
    let isPresent = present;
    const runtime = {
      imageStatus: () => Promise.resolve(isPresent ? info : undefined),
      pullImage: async (_image: string, auth: RegistryAuth | undefined) => {
        const id = await pull(auth);
        isPresent = true;
        return id;
      },
    } as unknown as ContainerRuntime;
    const manager = createImageManager(
      {
        runtime,
        events: { record: (_pod, { reason, message }) => void told.push(`${reason}: ${message}`) },
        backOff: createItemBackOff({ initialMs: 10_000, maxMs: 300_000 }, { clock }),
        maxParallelPulls: 1,
      },
      { clock },
    );
    const ensure = (container: Partial<Container> = {}): Promise<ImageInfo> =>
      manager.ensure(
        pod,
        { role: 'app', container: { name: 'c', image: 'web:1', ...container }, fieldPath: 'spec.containers{c}' },
        () => Promise.resolve([]),
        AbortSignal.timeout(10_000),
      );
    return { ensure, told };
  };
  const fails = (reason: string, message: RegExp) => (error: unknown) =>
    error instanceof StartError && error.reason === reason && message.test(error.message);

  it('uses what is there', async () => {
    const { ensure, told } = setUp(true, () => Promise.reject(new Error('no')));
    assert.equal(await ensure(), info);
    assert.deepEqual(told, [
      'Pulled: Container image "web:1" already present on machine and can be accessed by the pod',
    ]);
  });
  it('pulls what is missing, and `latest` always', async () => {
    for (const [present, container] of [
      [false, {}],
      [true, { image: 'web' }],
      [true, { imagePullPolicy: 'Always' }],
    ] as const) {
      const { ensure, told } = setUp(present, () => Promise.resolve('sha256:1'));
      assert.equal(await ensure(container), info);
      assert.match(told[0]!, /^Pulling: Pulling image "web/);
      assert.match(
        told[1]!,
        /^Pulled: Successfully pulled image "web(:1)?" in 0ms \(0ms including waiting\). Image size: 5 bytes\.$/,
      );
    }
  });
  it('never pulls where it must not', async () => {
    const { ensure } = setUp(false, () => Promise.resolve(''));
    await assert.rejects(
      ensure({ imagePullPolicy: 'Never' }),
      fails('ErrImageNeverPull', /is not present with pull policy of Never/),
    );
  });
  it('backs off after a failure', async () => {
    let pulls = 0;
    const { ensure, told } = setUp(false, () => {
      pulls++;
      return Promise.reject(new Error('no such host'));
    });
    await assert.rejects(ensure(), fails('ErrImagePull', /^no such host$/));
    await assert.rejects(
      ensure(),
      fails('ImagePullBackOff', /^Back-off pulling image "web:1": ErrImagePull: no such host$/),
    );
    assert.equal(pulls, 1);
    await clock.advance(10_000);
    await assert.rejects(ensure(), fails('ErrImagePull', /no such host/));
    assert.equal(pulls, 2);
    assert.ok(told.includes('Failed: Failed to pull image "web:1": no such host'));
    assert.ok(told.includes('BackOff: Back-off pulling image "web:1"'));
  });
  it('refuses what is no name', async () => {
    await assert.rejects(
      setUp(true, () => Promise.resolve('')).ensure({ image: 'NO:::' }),
      fails('InvalidImageName', /invalid reference format/),
    );
  });
});
