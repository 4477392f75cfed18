import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { mountsBelow } from './down.ts';

describe('mountsBelow', () => {
  it('finds mounts at and below the folder, deepest first, and reads escapes', () => {
    const mounts = [
      'proc /proc proc rw 0 0',
      'tmpfs /data/a tmpfs rw 0 0',
      'tmpfs /data/a/b\\040c tmpfs rw 0 0',
      'tmpfs /database tmpfs rw 0 0',
      '',
    ].join('\n');
    assert.deepEqual(mountsBelow('/data', mounts), ['/data/a/b c', '/data/a']);
  });
});
