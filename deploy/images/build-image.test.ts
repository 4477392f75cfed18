import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, describe, it } from 'mocha';
import { runCommand } from '../setup/run-command.ts';
import { buildImage, imageExists } from './build-image.ts';

describe('an image made of files of this host', () => {
  const tag = 'k8ts-test/build-image:1';
  const content = {
    copies: [],
    files: [{ to: '/etc/motd', text: 'hello' }],
    links: [{ to: '/motd', target: 'etc/motd' }],
  };
  const stages = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('k8ts-image-'));
  after(() => runCommand('docker', ['image', 'rm', tag]));

  it('is there under its tag, and nothing else stays', async () => {
    await buildImage(tag, content, { cmd: ['/motd'], labels: { 'example.com/a': 'b' } });
    assert.equal(await imageExists(tag), true);
    const inspected = await runCommand('docker', ['image', 'inspect', '--format', '{{json .Config}}', tag]);
    const config = JSON.parse(inspected.stdout) as { Cmd: string[]; Labels: Record<string, string> };
    assert.deepEqual([config.Cmd, config.Labels], [['/motd'], { 'example.com/a': 'b' }]);
    assert.deepEqual(stages(), []);
  });

  it('is not there where Docker refuses it, and says why', async () => {
    await assert.rejects(
      buildImage('Not a tag', content, {}),
      /docker import of Not a tag failed: .*invalid reference/s,
    );
    assert.deepEqual(stages(), []);
  });
});
