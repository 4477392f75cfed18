import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { costByPart, type CpuProfile } from './cost-by-part.ts';

describe('cost by part', () => {
  const frames: [functionName: string, url: string, children?: number[]][] = [
    ['(root)', '', [2, 3, 4, 6, 9]],
    ['(idle)', ''],
    ['(garbage collector)', ''],
    ['encodeObject', 'file:///k8ts/api/schema/encode.ts', [5]],
    ['stringify', ''],
    ['writeGeneric', 'node:internal/stream_base_commons', [7, 8]],
    ['writeBuffer', ''],
    ['toString', ''],
    ['serve', 'file:///k8ts/apiserver/pipeline.ts'],
  ];
  const profile: CpuProfile = {
    nodes: frames.map(([functionName, url, children], i) => ({
      id: i + 1,
      callFrame: { functionName, url },
      children,
    })),
    samples: [2, 3, 4, 5, 6, 7, 8, 9, 5],
    timeDeltas: [1000, 2, 3, 5, 7, 11, 13, 17, 30],
  };

  it('gives a native function to the file that called it, and leaves out what did not run', () => {
    assert.deepEqual(costByPart(profile), [
      ['encoding', 38],
      ["Node's HTTP/2, streams, buffers and ticks", 20],
      ['stages of the server and all else', 17],
      ['TLS, sockets and system calls', 11],
      ['garbage', 2],
    ]);
  });
});
