import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { testDeps } from '../../test/support/api-server.ts';
import { createMemoryStorage } from '../storage/memory-storage.ts';
import { createNodePortAllocator, PortError, type NodePortAllocator } from './node-port-allocator.ts';

describe('node ports', () => {
  const deps = testDeps();
  const allocatorOf = (range: string): NodePortAllocator =>
    createNodePortAllocator({ range, storage: createMemoryStorage(deps), deps });
  const any = (count: number): undefined[] => Array.from({ length: count }, () => undefined);
  const sorted = (ports: readonly number[]): number[] => [...ports].sort((a, b) => a - b);
  const portsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

  it('leave the lower part of the range to those who name one, as long as the rest has some', async () => {
    const allocator = allocatorOf('30000-30039');
    assert.deepEqual(sorted(await allocator.allocate(any(24))), portsFrom(30_016, 24));
    assert.deepEqual(await allocator.allocate([30_003]), [30_003]);
    assert.deepEqual(
      sorted(await allocator.allocate(any(15))),
      portsFrom(30_000, 16).filter((port) => port !== 30_003),
    );
    await assert.rejects(
      allocator.allocate(any(1)),
      (error) => error instanceof PortError && error.message === 'range is full',
    );
  });

  it('leave nothing of a small range, and a thirty-second of a usual one', async () => {
    assert.deepEqual(sorted(await allocatorOf('30000-30015').allocate(any(16))), portsFrom(30_000, 16));
    const usual = allocatorOf('30000-32767');
    assert.deepEqual(sorted(await usual.allocate(any(2768 - 86))), portsFrom(30_086, 2768 - 86));
  });

  it('are given to one service at a time', async () => {
    const allocator = allocatorOf('30000-30039');
    await allocator.allocate([30_001]);
    await assert.rejects(allocator.allocate([undefined, 30_001]), /provided port is already allocated/);
    assert.deepEqual([...(await allocator.taken())], [30_001]);
    await allocator.release([30_001]);
    assert.deepEqual(await allocator.allocate([30_001]), [30_001]);
  });
});
