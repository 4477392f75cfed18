import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { negotiate, negotiateWatch } from './negotiation.ts';

const pods = { group: '', kind: 'Pod', hasProtobuf: true };
const view = (as: string, version = 'v1'): string => `as=${as};v=${version};g=meta.k8s.io`;

describe('the form of an answer', () => {
  const objectForms: [string, string][] = [
    ['application/json;q=0', 'json Object'],
    ['application/json;q=0.1,application/yaml', 'yaml Object'],
    ['text/html,application/json', 'json Object'],
    ['*/*;q=0.1', 'json Object'],
    ['application/json;charset=utf-8', 'json Object'],
    ['application/json;stream=watch', 'json Object'],
    [`application/json;${view('Table', 'v1beta1')}`, 'json Table'],
    [`application/json;${view('Bogus')},application/json`, 'json Object'],
    [`application/vnd.kubernetes.protobuf;${view('Table')},application/yaml;${view('Table')}`, 'yaml Table'],
    [`application/vnd.kubernetes.protobuf;${view('PartialObjectMetadata')}`, 'protobuf PartialObjectMetadata'],
    ['application/cbor,application/json', 'json Object'],
  ];
  for (const [accept, expected] of objectForms)
    it(`of an object is ${expected} for ${accept}`, () => {
      const { format, as } = negotiate(accept, 'object', pods);
      assert.equal(`${format} ${as}`, expected);
    });

  const offered = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
  const streams = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
  const notTaken = `only the following media types are accepted: ${offered}`;
  const notRouted = `406: Not Acceptable\n\nAvailable representations: ${offered}`;
  const refused: [string, string][] = [
    ['application/json;as=Table', notTaken],
    ['application/json;v=v1', notTaken],
    ['application/json;g=meta.k8s.io;v=v1', notTaken],
    [`application/json;${view('Table', 'v2')}`, notTaken],
    [`application/vnd.kubernetes.protobuf;${view('Table')}`, notTaken],
    ['application/yaml;stream=watch', notTaken],
    ['application/json;stream=bogus', notTaken],
    ['application/json;sv=v1', notTaken],
    ['application/*', notRouted],
    ['application/JSON', notRouted],
    ['application/cbor', notRouted],
    ['*', notRouted],
    ['text/html', notRouted],
  ];
  for (const [accept, message] of refused)
    it(`of an object is none for ${accept}`, () =>
      assert.throws(() => negotiate(accept, 'object', pods), { message, reason: 'NotAcceptable' }));

  it('is refused by the router with what the path may answer', () => {
    const message = `${notRouted}, ${streams}`;
    assert.throws(() => negotiate('application/*', 'list', pods), { message });
    assert.throws(() => negotiateWatch('application/*', pods), { message });
    assert.throws(() => negotiateWatch('text/html', pods), { message });
  });

  it('of a watch is none in YAML', () =>
    assert.throws(() => negotiateWatch('application/yaml', pods), {
      message: `only the following media types are accepted: ${streams}`,
    }));
});
