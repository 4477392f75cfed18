import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { componentNames } from '../cluster-config.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const units = readdirSync(folder).filter((name) => name.endsWith('.service'));

describe('systemd units', () => {
  it('are there for every component', () => {
    for (const name of [...componentNames, 'cluster-dns']) assert.ok(units.includes(`k8ts-${name}.service`), name);
  });

  for (const unit of units) {
    it(`${unit} is clean for systemd-analyze verify`, () => {
      const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', `${folder}${unit}`], {
        encoding: 'utf8',
      });
      // Units of the host itself may be warned of; ours may not.
      const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('k8ts'));
      assert.deepEqual([status, ours], [0, []]);
    });
  }
});
