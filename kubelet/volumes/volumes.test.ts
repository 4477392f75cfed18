import assert from 'node:assert/strict';
import {
  access,
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { PodSpec, Volume } from '../../api/schema/generated/core-v1.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { silentLogger } from '../../component/logger.ts';
import type { ObjectReader } from '../environment/environment.ts';
import { podFolders } from '../pods/pod-folders.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import { writeAtomically } from './atomic-writer.ts';
import { REGISTRY } from './index.ts';
import { hostMounter, parseMountInfo } from './mounter.ts';
import { createPodVolumes, type PodVolumes } from './pod-volumes.ts';
import { bindSubPath } from './subpath.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('volumes', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'k8ts-volumes-'));
  });
  afterEach(async () => {
    await hostMounter.unmountAll(root);
    await rm(root, { recursive: true, force: true });
  });

  it('have unique plugin names', () => {
    assert.equal(new Set(REGISTRY.map(({ name }) => name)).size, REGISTRY.length);
  });

  it('reads mount points with blanks', () => {
    assert.deepEqual(parseMountInfo('36 35 98:0 / /mnt/a\\040b rw - ext3 /dev/root rw\n'), ['/mnt/a b']);
  });

  describe('atomic writer', () => {
    const file = (text: string, mode = 0o644): { data: Buffer; mode: number } => ({ data: Buffer.from(text), mode });

    it('shows files through links of one time', async () => {
      assert.equal(
        await writeAtomically(
          root,
          new Map([
            ['a', file('1')],
            ['dir/b', file('2', 0o400)],
          ]),
        ),
        true,
      );
      assert.equal(await readFile(join(root, 'a'), 'utf8'), '1');
      assert.equal(await readFile(join(root, 'dir/b'), 'utf8'), '2');
      assert.equal((await stat(join(root, 'dir/b'))).mode & 0o777, 0o400);
      assert.equal(await readlink(join(root, 'a')), '..data/a');
      assert.match(await readlink(join(root, '..data')), /^\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\./);
    });

    it('changes nothing where nothing changed, and everything at once where something did', async () => {
      await writeAtomically(
        root,
        new Map([
          ['a', file('1')],
          ['old', file('x')],
        ]),
      );
      const before = await readlink(join(root, '..data'));
      assert.equal(
        await writeAtomically(
          root,
          new Map([
            ['a', file('1')],
            ['old', file('x')],
          ]),
        ),
        false,
      );
      assert.equal(await readlink(join(root, '..data')), before);
      assert.equal(
        await writeAtomically(
          root,
          new Map([
            ['a', file('2')],
            ['new', file('y')],
          ]),
        ),
        true,
      );
      assert.notEqual(await readlink(join(root, '..data')), before);
      assert.deepEqual((await readdir(root)).filter((name) => !name.startsWith('..')).sort(), ['a', 'new']);
      assert.equal((await readdir(root)).length, 4);
      assert.equal(await readFile(join(root, 'a'), 'utf8'), '2');
    });

    it('notices a changed mode', async () => {
      await writeAtomically(root, new Map([['a', file('1')]]));
      assert.equal(await writeAtomically(root, new Map([['a', file('1', 0o600)]])), true);
    });

    for (const path of ['../x', '/x', 'a/../../x', '', '..x/y']) {
      it(`refuses ${JSON.stringify(path)}`, () => assert.rejects(writeAtomically(root, new Map([[path, file('')]]))));
    }
  });

  describe('of a pod', () => {
    const clock = createFakeClock();
    let volumes: PodVolumes;
    let settings: Record<string, string>;
    let tokens: string[];
    const objects: ObjectReader = {
      configMap: (name) => Promise.resolve(name === 'settings' ? { metadata: {}, data: settings } : undefined),
      secret: (name) =>
        Promise.resolve(name === 'keys' ? { metadata: {}, data: { key: base64('s3cret') } } : undefined),
    };
    const podOf = (spec: Partial<PodSpec>): ReadonlyPod => ({
      metadata: { name: 'web', namespace: 'shop', uid: 'u1', labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }], ...spec },
    });
    const addresses = { podIps: [], hostIps: [], nodeName: 'n1' };
    const setUp = (list: Volume[], spec: Partial<PodSpec> = {}): ReturnType<PodVolumes['setUp']> =>
      volumes.setUp(podOf({ ...spec, volumes: list }), addresses, AbortSignal.timeout(10_000));
    const pathOf = async (volume: Volume, spec: Partial<PodSpec> = {}): Promise<string> =>
      (await setUp([volume], spec)).get(volume.name)!.hostPath;

    beforeEach(() => {
      settings = { colour: 'red', size: 'L' };
      tokens = [];
      volumes = createPodVolumes(
        {
          folders: podFolders(root),
          store: { reader: () => objects, invalidate: () => {} },
          claims: {
            claim: (_namespace, name) =>
              Promise.resolve(
                name === 'data'
                  ? { metadata: { uid: 'claim' }, spec: { volumeName: 'disk' }, status: { phase: 'Bound' } }
                  : undefined,
              ),
            volume: () =>
              Promise.resolve({
                metadata: { name: 'disk' },
                spec: { claimRef: { uid: 'claim' }, local: { path: join(root, 'disk') } },
              }),
          },
          tokens: {
            get: (wanted) => {
              tokens.push(`${wanted.namespace}/${wanted.serviceAccount} ${wanted.audience} ${wanted.pod.uid}`);
              return Promise.resolve({ token: 'jwt', refreshAtMs: clock.now() + 1000 });
            },
            forget: () => {},
          },
          mounts: hostMounter,
          allocatable: () => ({ cpu: '2' }),
        },
        { clock, log: silentLogger },
      );
    });

    it('configMap: keys as files, updated when it changes', async () => {
      const volume: Volume = {
        name: 'v',
        configMap: { name: 'settings', items: [{ key: 'colour', path: 'my/colour', mode: 0o400 }] },
      };
      const path = await pathOf(volume);
      assert.equal(await readFile(join(path, 'my/colour'), 'utf8'), 'red');
      assert.equal((await stat(join(path, 'my/colour'))).mode & 0o777, 0o400);
      settings.colour = 'blue';
      assert.equal(await pathOf(volume), path);
      assert.equal(await readFile(join(path, 'my/colour'), 'utf8'), 'blue');
    });

    it('secret: decoded, in memory where that is mounted', async () => {
      await volumes.start();
      await volumes.start();
      assert.ok(await hostMounter.isMountPoint(join(root, 'memory')));
      const path = await pathOf({ name: 'v', secret: { secretName: 'keys', defaultMode: 0o600 } });
      assert.ok(path.startsWith(join(root, 'memory')));
      assert.equal(await readFile(join(path, 'key'), 'utf8'), 's3cret');
    });

    it('downwardAPI: fields and resources', async () => {
      const path = await pathOf({
        name: 'v',
        downwardAPI: {
          items: [
            { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
            { path: 'cpu', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu', divisor: '1m' } },
          ],
        },
      });
      assert.equal(await readFile(join(path, 'labels'), 'utf8'), 'app="web"');
      assert.equal(await readFile(join(path, 'cpu'), 'utf8'), '1000');
    });

    it('projected: all sources in one, with a token to be renewed', async () => {
      const mounted = await setUp(
        [
          {
            name: 'kube-api-access',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
                { configMap: { name: 'settings', items: [{ key: 'colour', path: 'ca.crt' }] } },
                { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
              ],
            },
          },
        ],
        { serviceAccountName: 'robot' },
      );
      const { hostPath, refreshAtMs, readOnly } = mounted.get('kube-api-access')!;
      assert.deepEqual((await readdir(hostPath)).filter((name) => !name.startsWith('..')).sort(), [
        'ca.crt',
        'namespace',
        'token',
      ]);
      assert.equal(await readFile(join(hostPath, 'namespace'), 'utf8'), 'shop');
      assert.equal(await readFile(join(hostPath, 'token'), 'utf8'), 'jwt');
      assert.equal(refreshAtMs, clock.now() + 1000);
      assert.equal(readOnly, true);
      assert.deepEqual(tokens, ['shop/robot undefined u1']);
    });

    it("token: its reader's only where all containers run as one user", async () => {
      const path = await pathOf(
        { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
        { securityContext: { runAsUser: 1234 } },
      );
      const info = await stat(join(path, 'token'));
      assert.deepEqual([info.uid, info.mode & 0o777], [1234, 0o600]);
    });

    it('emptyDir: kept between calls, writable by all, given to the fsGroup', async () => {
      const volume: Volume = { name: 'v', emptyDir: {} };
      const path = await pathOf(volume, { securityContext: { fsGroup: 77 } });
      await writeFile(join(path, 'mine'), 'x');
      assert.equal(await pathOf(volume), path);
      assert.equal(await readFile(join(path, 'mine'), 'utf8'), 'x');
      const info = await stat(path);
      assert.deepEqual([info.mode & 0o7777, info.gid], [0o2777, 77]);
    });

    it('emptyDir in memory: a mount of its size', async () => {
      const path = await pathOf({ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
      assert.ok(await hostMounter.isMountPoint(path));
      await assert.rejects(writeFile(join(path, 'big'), Buffer.alloc(2 * 2 ** 20)), /ENOSPC/);
      await volumes.tearDown('u1');
      await assert.rejects(access(path));
    });

    it('hostPath: checked by its type', async () => {
      const host = (path: string, type: string): Volume => ({ name: 'v', hostPath: { path: join(root, path), type } });
      await assert.rejects(setUp([host('none', 'Directory')]), /hostPath type check failed: .*none is not a directory/);
      assert.equal(await pathOf(host('made', 'DirectoryOrCreate')), join(root, 'made'));
      assert.equal(await pathOf(host('made', 'Directory')), join(root, 'made'));
      await pathOf(host('made/file', 'FileOrCreate'));
      await assert.rejects(setUp([host('made/file', 'Directory')]), /is not a directory/);
      await assert.rejects(setUp([host('made/file', 'Socket')]), /is not a socket file/);
      await pathOf(host('fresh', ''));
      await pathOf({ name: 'v', hostPath: { path: '/dev/null', type: 'CharDevice' } });
    });

    it('claim: the local volume it is bound to', async () => {
      const volume: Volume = { name: 'v', persistentVolumeClaim: { claimName: 'data', readOnly: true } };
      await assert.rejects(setUp([volume]), /disk" does not exist/);
      await mkdir(join(root, 'disk'));
      assert.deepEqual((await setUp([volume])).get('v'), { hostPath: join(root, 'disk'), readOnly: true });
      await assert.rejects(
        setUp([{ name: 'v', persistentVolumeClaim: { claimName: 'no' } }]),
        /persistentvolumeclaim "no" not found/,
      );
    });

    it("names every volume that failed, in upstream's words", async () => {
      await assert.rejects(
        setUp([
          { name: 'a', configMap: { name: 'none' } },
          { name: 'b', secret: { secretName: 'none' } },
          { name: 'c', configMap: { name: 'none', optional: true } },
          { name: 'd', configMap: { name: 'settings', items: [{ key: 'no', path: 'x' }] } },
        ]),
        {
          message:
            'MountVolume.SetUp failed for volume "a" : configmap "none" not found; ' +
            'MountVolume.SetUp failed for volume "b" : secret "none" not found; ' +
            'MountVolume.SetUp failed for volume "d" : configmap references non-existent config key: no',
        },
      );
    });

    it('are all gone after tear-down, and listed before', async () => {
      await volumes.start();
      await setUp([
        { name: 'a', emptyDir: {} },
        { name: 'b', secret: { secretName: 'keys' } },
      ]);
      assert.deepEqual(await volumes.podsOnDisk(), ['u1']);
      await volumes.tearDown('u1');
      assert.deepEqual(await volumes.podsOnDisk(), []);
      await volumes.tearDown('u1');
    });
  });

  describe('subPath', () => {
    it('mounts files and folders, following links that stay inside', async () => {
      const volume = join(root, 'volume');
      await writeAtomically(volume, new Map([['conf', { data: Buffer.from('x'), mode: 0o644 }]]));
      await bindSubPath(volume, 'conf', join(root, 'sub/0'), hostMounter);
      assert.equal(await readFile(join(root, 'sub/0'), 'utf8'), 'x');
      await bindSubPath(volume, 'new/folder', join(root, 'sub/1'), hostMounter);
      assert.ok((await lstat(join(volume, 'new/folder'))).isDirectory());
      await writeFile(join(volume, 'new/folder/f'), 'y');
      assert.equal(await readFile(join(root, 'sub/1/f'), 'utf8'), 'y');
      await bindSubPath(volume, 'conf', join(root, 'sub/0'), hostMounter);
    });

    it('does not leave the volume', async () => {
      const volume = join(root, 'volume');
      await mkdir(volume);
      await chmod(volume, 0o777);
      await symlink('/etc', join(volume, 'out'));
      await assert.rejects(bindSubPath(volume, 'out', join(root, 'sub/0'), hostMounter), /leaves its volume/);
      await assert.rejects(bindSubPath(volume, 'out/new', join(root, 'sub/0'), hostMounter), /leaves its volume/);
      await assert.rejects(bindSubPath(volume, '../x', join(root, 'sub/0'), hostMounter), /invalid subPath/);
    });
  });
});
