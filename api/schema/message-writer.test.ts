import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import protobuf from 'protobufjs/minimal.js';
import { MessageWriter } from './message-writer.ts';

/** What both writers understand. */
type Write = (writer: MessageWriter | protobuf.Writer) => unknown;

const cases: readonly (readonly [string, Write])[] = [
  ['nothing', () => {}],
  ...[0, 1, 127, 128, 16_383, 16_384, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32 - 1].map(
    (value) => [`the number ${value}`, (writer) => writer.uint32(value)] as const satisfies readonly [string, Write],
  ),
  ...[0, 5, 2 ** 31, 2 ** 32, 2 ** 35 + 1, 2 ** 53 - 1, -1, -128, -(2 ** 31), -(2 ** 53) + 1].map(
    (value) =>
      [`the long number ${value}`, (writer) => writer.int64(value)] as const satisfies readonly [string, Write],
  ),
  ['truths', (writer) => writer.bool(true).bool(false)],
  ['fractions', (writer) => writer.double(0.1).double(-1e300)],
  ['bytes', (writer) => writer.bytes(Buffer.alloc(300, 'b')).bytes(Buffer.alloc(0))],
  ...['', 'a', 'short', 'ünïcode', '😀', 'x'.repeat(24), 'x'.repeat(25), 'x'.repeat(127), 'x'.repeat(128)].map(
    (text) => [`the text ${text}`, (writer) => writer.string(text)] as const satisfies readonly [string, Write],
  ),
  ['a text whose bytes need a longer length', (writer) => writer.string('ü'.repeat(100)).string('ü'.repeat(9_000))],
  ['a large text', (writer) => writer.string('large '.repeat(50_000)).bool(true)],
  [
    'messages in messages, of any length',
    (writer) => {
      for (const length of [0, 100, 127, 128, 16_380, 16_384, 3_000_000]) {
        writer.uint32(10).fork().uint32(18).fork().string('x'.repeat(length)).ldelim().bool(true).ldelim();
      }
    },
  ],
];

describe('the writer of protobuf messages', () => {
  const own = new MessageWriter();
  for (const [name, write] of cases)
    it(`writes ${name} as another implementation does`, () => {
      const other = protobuf.Writer.create();
      write(other);
      write(own);
      const message = own.finish();
      assert.ok(message.equals(other.finish()));
    });

  it('gives each message memory of its own', () => {
    const first = own.string('first').finish();
    own.string('other').finish();
    assert.equal(first.toString('latin1'), '\u0005first');
  });

  it('can be emptied in the middle of a message', () => {
    own.fork().string('half');
    own.reset();
    assert.deepEqual(own.bool(true).finish(), Buffer.of(1));
  });
});
