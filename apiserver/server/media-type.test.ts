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

  it('puts what is named in full before wildcards, whatever their quality', () => {
    const typesOf = (header: string): string[] => parseAccept(header).map(({ type }) => type);
    assert.deepEqual(typesOf('*/*, application/json'), ['application/json', '*/*']);
    assert.deepEqual(typesOf('application/vnd.kubernetes.protobuf, */*'), [
      'application/vnd.kubernetes.protobuf',
      '*/*',
    ]);
    assert.deepEqual(typesOf('*/*;q=0.9, text/html;q=0.1'), ['text/html', '*/*']);
  });

  it('takes anything where nothing is said', () => {
    assert.deepEqual(parseAccept(undefined), [{ type: '*/*', params: {} }]);
    assert.deepEqual(parseAccept(' '), [{ type: '*/*', params: {} }]);
  });

  it('knows wildcards', () => {
    const [application, other, all] = parseAccept(['*/*', 'application/*', 'text/*']);
    assert.ok(takes(all!, 'application/json'));
    assert.ok(takes(application!, 'application/json'));
    assert.ok(!takes(other!, 'application/json'));
  });
});
