import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { maxGrownBytes } from './bounds.ts';
import { fuzz } from './fuzz.ts';

describe('broken input', () => {
  it('is answered as what it is, and leaves nothing behind', async () => {
    const report = await fuzz({ seed: 1, rounds: 30 });
    assert.deepEqual(report.failures, []);
    assert.deepEqual(report.leakedResources, []);
    assert.ok(report.grownBytes < maxGrownBytes, `grown by ${report.grownBytes} bytes`);
  }).timeout(120_000);
});
