import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { decodeHeaders, encodeHeaders, type Header } from './hpack.ts';
import { decodeHuffman } from './huffman.ts';

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

describe('header blocks without a table', () => {
  const cases: readonly { readonly block: string; readonly headers: readonly Header[] }[] = [
    { block: '', headers: [] },
    { block: '88', headers: [[':status', '200']] },
    {
      block: '20 88 5f 01 78',
      headers: [
        [':status', '200'],
        ['content-type', 'x'],
      ],
    },
    // RFC 7541, C.2.1 to C.2.3: with indexing, without, never indexed.
    {
      block: '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      headers: [['custom-key', 'custom-header']],
    },
    { block: '040c 2f73 616d 706c 652f 7061 7468', headers: [[':path', '/sample/path']] },
    { block: '1008 7061 7373 776f 7264 0673 6563 7265 74', headers: [['password', 'secret']] },
    // C.6.1, the first answer, whose strings are in the Huffman code.
    {
      block:
        '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e' +
        '919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      headers: [
        [':status', '302'],
        ['cache-control', 'private'],
        ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
        ['location', 'https://www.example.com'],
      ],
    },
    { block: `0001 61 7f 49 ${'62'.repeat(200)}`, headers: [['a', 'b'.repeat(200)]] },
  ];
  for (const { block, headers } of cases) {
    it(`reads ${headers.map(([name]) => name).join(', ') || 'an empty one'}`, () => {
      assert.deepEqual(decodeHeaders(hex(block)), headers);
    });
  }

  const malformed: readonly (readonly [what: string, block: string])[] = [
    ['an index of nothing', '80'],
    ['an index into a table that is not kept', 'be'],
    ['a table that was not granted', '3f e1 1f'],
    ['a change of the table after the first header', '88 20'],
    ['a string that is cut off', '0001 61 05 62'],
    ['a name that is cut off', '00'],
    ['an integer that is cut off', '7f'],
    ['an integer without end', '7f ff ff ff ff ff 01'],
    ['a Huffman code with its end within', '0001 61 84 ff ff ff ff'],
    ['a Huffman code that is cut off', '0001 61 81 fe'],
    ['padding that is not of ones', '0001 61 81 18'],
    ['padding of more than a byte', '0001 61 82 1f ff'],
  ];
  for (const [what, block] of malformed) {
    it(`refuses ${what}`, () => {
      assert.throws(() => decodeHeaders(hex(block)));
    });
  }

  it('writes what it reads', () => {
    const headers: Header[] = [
      [':method', 'POST'],
      ['grpc-timeout', '5000m'],
      ['long', 'x'.repeat(1000)],
      ['empty', ''],
    ];
    assert.deepEqual(decodeHeaders(encodeHeaders(headers)), headers);
  });
});

describe('the Huffman code', () => {
  for (const [digits, text] of [
    ['f1e3 c2e5 f23a 6ba0 ab90 f4ff', 'www.example.com'],
    ['a8eb 1064 9cbf', 'no-cache'],
    ['25a8 49e9 5bb8 e8b4 bf', 'custom-value'],
    [
      '94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
      'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    ],
    ['', ''],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => {
      assert.equal(decodeHuffman(hex(digits)).toString('latin1'), text);
    });
  }
});
