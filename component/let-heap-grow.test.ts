import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';

const source = fileURLToPath(new URL('let-heap-grow.ts', import.meta.url));

/** How often a process looks through its heap that always holds a little and makes much that lives a while. */
function looksThroughHeap(percent: number | undefined, ...flags: string[]): number {
  const script = `
    import { PerformanceObserver, constants } from 'node:perf_hooks';
    import { setImmediate } from 'node:timers/promises';
    import { letHeapGrow } from ${JSON.stringify(source)};
    let looks = 0;
    new PerformanceObserver((list) => {
      looks += list.getEntries().filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
    }).observe({ entryTypes: ['gc'] });
    ${percent === undefined ? '' : `letHeapGrow(${percent});`}
    const held = [];
    for (let i = 0; i < 8_000_000; i++) {
      held[i % 100_000] = { i, text: [i] };
      if (i % 50_000 === 0) await setImmediate();
    }
    await setImmediate();
    console.log(looks);`;
  const args = ['--max-semi-space-size=1', ...flags, '--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(stdout, /^\d+\n$/, stderr);
  return Number(stdout);
}

describe('letHeapGrow', () => {
  it('has V8 look through the heap less often, unless whoever started the process has chosen', () => {
    const byItself = looksThroughHeap(undefined);
    assert.ok(looksThroughHeap(900) < byItself);
    assert.ok(looksThroughHeap(900, '--heap_growing_percent=10') > byItself);
  });
});
