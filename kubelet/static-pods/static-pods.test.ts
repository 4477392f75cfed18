import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { systemClock } from '../../component/clock.ts';
import { eventually } from '../../test/support/eventually.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { isStaticPod } from '../pods/pod.ts';
import { runFileSource } from './file-source.ts';
import { readManifests, toStaticPod } from './read-manifests.ts';

const manifest = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers: [{name: c, image: "x:1"}]\n${more}`;

describe('static pods', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-static-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('get the name of their node, and a uid of what they say', () => {
    const pod = toStaticPod(manifest('web'), '/f', 'n1');
    assert.equal(pod.metadata.name, 'web-n1');
    assert.equal(pod.metadata.namespace, 'default');
    assert.match(pod.metadata.uid!, /^[0-9a-f]{32}$/);
    assert.equal(pod.metadata.annotations!['kubernetes.io/config.hash'], pod.metadata.uid);
    assert.equal(pod.spec!.nodeName, 'n1');
    assert.ok(isStaticPod(pod));
    assert.equal(toStaticPod(manifest('web'), '/f', 'n1').metadata.uid, pod.metadata.uid);
    assert.notEqual(toStaticPod(manifest('web', '# changed'), '/f', 'n1').metadata.uid, pod.metadata.uid);
    assert.notEqual(toStaticPod(manifest('web'), '/f', 'n2').metadata.uid, pod.metadata.uid);
  });

  it('have the defaults of any pod', () => {
    const { spec } = toStaticPod(manifest('web'), '/f', 'n1');
    assert.equal(spec!.restartPolicy, 'Always');
    assert.equal(spec!.containers[0]!.terminationMessagePath, '/dev/termination-log');
  });

  it('are read from JSON and YAML files; others are told of', async () => {
    await writeFile(join(folder, 'a.yaml'), manifest('a'));
    await writeFile(
      join(folder, 'b.json'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'b' },
        spec: { containers: [{ name: 'c', image: 'x' }] },
      }),
    );
    await writeFile(join(folder, '.hidden.yaml'), manifest('hidden'));
    await writeFile(join(folder, 'c.yaml'), 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\n');
    await writeFile(join(folder, 'd.yaml'), '{');
    await writeFile(join(folder, 'e.yaml'), manifest('a', '# the same name'));
    await mkdir(join(folder, 'sub'));
    const { pods, problems } = await readManifests(folder, 'n1');
    assert.deepEqual(
      pods.map(({ metadata }) => metadata.name),
      ['a-n1', 'b-n1'],
    );
    assert.deepEqual(
      problems.map(({ file }) => file.slice(folder.length + 1)),
      ['c.yaml', 'd.yaml', 'e.yaml'],
    );
    assert.match(problems[0]!.error.message, /v1 Service, not a v1 Pod/);
    assert.match(problems[2]!.error.message, /another file has a pod default\/a-n1/);
  });

  it('of one file, and of a path that is not there', async () => {
    await writeFile(join(folder, 'one'), manifest('one'));
    assert.equal((await readManifests(join(folder, 'one'), 'n1')).pods.length, 1);
    assert.deepEqual(await readManifests(join(folder, 'none'), 'n1'), { pods: [], problems: [] });
  });

  it('are handed over whenever files change', async () => {
    const stop = new AbortController();
    let names: (string | undefined)[] | undefined;
    const running = runFileSource(
      { path: join(folder, 'later'), nodeName: 'n1', checkFrequencyMs: 50 },
      (pods) => (names = pods.map(({ metadata }) => metadata.name)),
      createTestDeps({ clock: systemClock }),
      stop.signal,
    );
    const until = (expected: string[]): Promise<unknown> =>
      eventually(`pods ${expected.join()}`, () => JSON.stringify(names) === JSON.stringify(expected), { everyMs: 10 });
    await until([]);
    await mkdir(join(folder, 'later'));
    await writeFile(join(folder, 'later', 'a.yaml'), manifest('a'));
    await until(['a-n1']);
    await writeFile(join(folder, 'later', 'b.yaml'), manifest('b'));
    await until(['a-n1', 'b-n1']);
    await rm(join(folder, 'later', 'a.yaml'));
    await until(['b-n1']);
    stop.abort(new Error('over'));
    await running;
  });
});
