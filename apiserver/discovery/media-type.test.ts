import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseAccept, takes } from './media-type.ts';

describe('media type', () => {
  it('orders by quality and keeps parameters', () => {
    assert.deepEqual(parseAccept('text/html;q=0.5, Application/JSON;as=Table;v=v1;q=0.9, */*;q=0, a/b'), [
      { type: 'a/b', params: {} },
      { type: 'application/json', params: { as: 'Table', v: 'v1' } },
      { type: 'text/html', params: {} },
    ]);
  });

  it('takes anything where nothing is said', () => {
    assert.deepEqual(parseAccept(undefined), [{ type: '*/*', params: {} }]);
    assert.deepEqual(parseAccept(' '), [{ type: '*/*', params: {} }]);
  });

  it('knows wildcards', () => {
    const [all, application, other] = parseAccept(['*/*', 'application/*', 'text/*']);
    assert.ok(takes(all!, 'application/json'));
    assert.ok(takes(application!, 'application/json'));
    assert.ok(!takes(other!, 'application/json'));
  });
});
