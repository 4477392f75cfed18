import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { SharedRead } from './shared-read.ts';

/** Reads that end when told to. */
function heldReads(most: number): {
  readonly shared: SharedRead<number>;
  readonly begun: { readonly resolve: (value: number) => void; readonly reject: (error: Error) => void }[];
} {
  const begun: PromiseWithResolvers<number>[] = [];
  const read = (): Promise<number> => {
    const held = Promise.withResolvers<number>();
    begun.push(held);
    return held.promise;
  };
  return { shared: new SharedRead(read, most), begun };
}

describe('shared read', () => {
  it('reads once for all who ask in one turn, and again for who asks after the read began', async () => {
    const { shared, begun } = heldReads(2);
    const first = [shared.get(), shared.get()];
    await turn();
    assert.equal(begun.length, 1);
    const second = shared.get();
    await turn();
    assert.equal(begun.length, 2);
    begun[1]!.resolve(2);
    assert.equal(await second, 2);
    begun[0]!.resolve(1);
    assert.deepEqual(await Promise.all(first), [1, 1]);
  });

  it('begins no more reads than may be under way; who waits shares the next', async () => {
    const { shared, begun } = heldReads(2);
    const early: Promise<number>[] = [];
    for (let i = 0; i < 2; i++) {
      early.push(shared.get());
      await turn();
    }
    const waiting = [shared.get()];
    await turn();
    waiting.push(shared.get());
    await turn();
    assert.equal(begun.length, 2);
    begun[1]!.resolve(2);
    await early[1];
    await turn();
    assert.equal(begun.length, 3);
    const later = shared.get();
    await turn();
    assert.equal(begun.length, 3);
    begun[0]!.resolve(1);
    begun[2]!.resolve(3);
    assert.deepEqual(await Promise.all([...early, ...waiting]), [1, 2, 3, 3]);
    await turn();
    begun[3]!.resolve(4);
    assert.equal(await later, 4);
  });

  it('tells of a failed read those who share it, and goes on', async () => {
    const { shared, begun } = heldReads(1);
    const failing = shared.get();
    await turn();
    const next = shared.get();
    await turn();
    begun[0]!.reject(new Error('no leader'));
    await assert.rejects(failing, /no leader/);
    await turn();
    begun[1]!.resolve(5);
    assert.equal(await next, 5);
  });
});
