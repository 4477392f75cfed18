import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { specAnnotations, statusAnnotations, takeAnnotations } from './v1-conversion.ts';

describe('annotations of autoscalers in version 1', () => {
  const [metrics] = specAnnotations as [string];
  const [current] = statusAnnotations as [string];
  for (const { what, mine, source, result } of [
    { what: 'come from the source', mine: {}, source: { [current]: '[1]' }, result: { [current]: '[1]' } },
    { what: 'go where the source has none', mine: { [current]: '[1]' }, source: {}, result: undefined },
    {
      what: 'that are others stay',
      mine: { [metrics]: '[]', a: 'b' },
      source: {},
      result: { [metrics]: '[]', a: 'b' },
    },
    { what: 'that are others do not come', mine: { a: 'b' }, source: { c: 'd' }, result: { a: 'b' } },
  ])
    it(what, () => {
      const metadata = { annotations: mine as Record<string, string> };
      takeAnnotations(metadata, { annotations: source as Record<string, string> }, statusAnnotations);
      assert.deepEqual(metadata.annotations, result);
    });
});
