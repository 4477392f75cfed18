import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isRouted, parseAccept, takes } from './media-type.ts';

describe('media type', () => {
  const parsed = (header: string): object[] =>
    parseAccept(header).map(({ type, params }) => ({ type, params: { ...params } }));

  it('orders by quality and keeps parameters', () => {
    assert.deepEqual(parsed('text/html;q=0.5, application/json;as=Table;v=v1;q=0.9, */*;q=0, a/b'), [
      { type: 'a/b', params: {} },
      { type: 'application/json', params: { as: 'Table', v: 'v1' } },
      { type: 'text/html', params: {} },
      { type: '*/*', params: {} },
    ]);
  });

  it('takes what upstream takes of what is odd', () => {
    assert.deepEqual(parsed('A/B;x;y=;z=1=2;W = 3,garbage,a/b/c,;,*,a/b;q=none'), [
      { type: 'A/B', params: { W: '3' } },
      { type: 'a/b', params: {} },
      { type: '*/*', params: {} },
    ]);
  });

  it('is routed by its name alone', () => {
    const types = ['application/json'];
    for (const header of [undefined, '', 'application/json;as=x', 'text/html, application/json;q=0', 'a,*/*;q=0.1'])
      assert.ok(isRouted(header, types), String(header));
    for (const header of ['application/*', 'application/JSON', '*', ';', 'text/html'])
      assert.ok(!isRouted(header, types), header);
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
    assert.deepEqual(parsed(' '), [{ type: '*/*', params: {} }]);
  });

  it('knows wildcards', () => {
    const [application, other, all] = parseAccept(['*/*', 'application/*', 'text/*']);
    assert.ok(takes(all!, 'application/json'));
    assert.ok(takes(application!, 'application/json'));
    assert.ok(!takes(other!, 'application/json'));
  });
});
