import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RuntimeClass } from '../../schema/generated/node-v1.ts';
import { validateRuntimeClassUpdate } from './runtime-class-validation.ts';

describe('an update of a runtime class', () => {
  const old: RuntimeClass = { metadata: { name: 'gvisor' }, handler: 'runsc' };
  const causes = (next: RuntimeClass): string[] => validateRuntimeClassUpdate(next, old).map(String);

  it('may change overhead and scheduling', () => {
    assert.deepEqual(causes({ ...old, overhead: { podFixed: { cpu: '10m' } } }), []);
  });

  it('may not change the handler', () => {
    assert.match(causes({ ...old, handler: 'runc' }).join(), /^handler: .*field is immutable/);
  });

  it('is checked as a new one is', () => {
    const scheduling = { nodeSelector: { 'not a key': 'x' } };
    assert.match(causes({ ...old, scheduling }).join(), /^scheduling\.nodeSelector: /);
  });
});
