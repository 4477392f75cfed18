import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { collectStartGarbage } from './collect-start-garbage.ts';

describe('collectStartGarbage', () => {
  it('gives back what nobody holds, and leaves no gc function behind', () => {
    let garbage: unknown[] | undefined = Array.from({ length: 200_000 }, (_, i) => ({ i, text: `text ${i}` }));
    assert.equal(garbage.length, 200_000);
    const before = process.memoryUsage().heapUsed;
    garbage = undefined;
    assert.equal(collectStartGarbage(Infinity), true);
    assert.ok(process.memoryUsage().heapUsed < before - 5e6);
    assert.equal((globalThis as { gc?: unknown }).gc, undefined);
  });

  it('leaves a heap alone in which more lives', () => {
    let garbage: unknown[] | undefined = Array.from({ length: 200_000 }, (_, i) => ({ i, text: `text ${i}` }));
    assert.equal(garbage.length, 200_000);
    const before = process.memoryUsage().heapUsed;
    garbage = undefined;
    assert.equal(collectStartGarbage(1 << 20), false);
    assert.ok(process.memoryUsage().heapUsed > before - 5e6);
  });
});
