import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import protobuf from 'protobufjs/minimal.js';
import { createCodec } from './codec.ts';
import { ProtobufError } from './protobuf-envelope.ts';
import { loadSchemaTable } from './schema-table.ts';

type Part = [number: number, value: string | number | boolean | Uint8Array | Part[]];

/** Writes a message; numbers as varints. Written apart from the decoder, so that one mistake does not hide another. */
function message(parts: Part[]): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [number, value] of parts) {
    if (typeof value === 'string') writer.uint32((number << 3) | 2).string(value);
    else if (typeof value === 'number') writer.uint32(number << 3).int64(value);
    else if (typeof value === 'boolean') writer.uint32(number << 3).bool(value);
    else writer.uint32((number << 3) | 2).bytes(Array.isArray(value) ? message(value) : value);
  }
  return writer.finish();
}

function body(apiVersion: string, kind: string, parts: Part[]): Buffer {
  const unknown = message([
    [
      1,
      [
        [1, apiVersion],
        [2, kind],
      ],
    ],
    [2, message(parts)],
    [3, ''],
    [4, ''],
  ]);
  return Buffer.concat([Buffer.from('k8s\0'), unknown]);
}

describe('the protobuf decoder', () => {
  const table = loadSchemaTable();
  const codec = createCodec(table);
  const decodeBody = (bytes: Buffer): Record<string, unknown> => codec.decodeProtobuf(bytes) as Record<string, unknown>;

  it('reads a deployment as client-go sends it, zero values and all', () => {
    const container: Part[] = [
      [1, 'web'],
      [2, 'web:1'],
      [5, ''],
      [
        6,
        [
          [1, ''],
          [2, 0],
          [3, 8080],
          [4, ''],
          [5, ''],
        ],
      ],
      [
        8,
        [
          [
            2,
            [
              [1, 'cpu'],
              [2, [[1, '250m']]],
            ],
          ],
        ],
      ],
    ];
    const template: Part[] = [
      [
        1,
        [
          [1, ''],
          [8, [[0, '']].slice(1) as Part[]],
          [
            11,
            [
              [1, 'app'],
              [2, 'web'],
            ],
          ],
        ],
      ],
      [
        2,
        [
          [2, container],
          [3, ''],
        ],
      ],
    ];
    const value = decodeBody(
      body('apps/v1', 'Deployment', [
        [
          1,
          [
            [1, 'web'],
            [8, []],
            [
              11,
              [
                [1, 'app'],
                [2, 'web'],
              ],
            ],
          ],
        ],
        [
          2,
          [
            [1, 0],
            [
              2,
              [
                [
                  1,
                  [
                    [1, 'app'],
                    [2, 'web'],
                  ],
                ],
              ],
            ],
            [3, template],
            [
              4,
              [
                [1, ''],
                [
                  2,
                  [
                    [
                      2,
                      [
                        [1, 1],
                        [2, 0],
                        [3, '25%'],
                      ],
                    ],
                  ],
                ],
              ],
            ],
          ],
        ],
      ]),
    );
    const { object, unknownFields } = codec.decode('io.k8s.api.apps.v1.Deployment', value);
    const deployment = object as unknown as {
      metadata: object;
      spec: { replicas: number; template: { spec: { containers: object[] } }; strategy: object };
    };
    assert.deepEqual(unknownFields, []);
    assert.deepEqual(JSON.parse(JSON.stringify(deployment.metadata)), { name: 'web', labels: { app: 'web' } });
    assert.equal(deployment.spec.replicas, 0, 'a pointer to zero is not the same as nothing');
    assert.deepEqual(deployment.spec.template.spec.containers, [
      { name: 'web', image: 'web:1', ports: [{ containerPort: 8080 }], resources: { requests: { cpu: '250m' } } },
    ]);
    assert.deepEqual(deployment.spec.strategy, { rollingUpdate: { maxSurge: '25%' } });
  });

  it('reads bytes as base64, times, and maps with any key', () => {
    const secret = decodeBody(
      body('v1', 'Secret', [
        [
          1,
          [
            [1, 's'],
            [8, [[1, 1_700_000_000]]],
          ],
        ],
        [
          2,
          [
            [1, '__proto__'],
            [2, Buffer.from('secret')],
          ],
        ],
      ]),
    );
    assert.deepEqual(Object.entries(secret['data'] as object), [['__proto__', 'c2VjcmV0']]);
    assert.equal((secret['metadata'] as { creationTimestamp: string }).creationTimestamp, '2023-11-14T22:13:20Z');
  });

  it('refuses what has not the magic bytes, and what breaks off', () => {
    assert.throws(() => decodeBody(Buffer.from('{}')), /expected prefix \[107 56 115 0\]/);
    const whole = body('v1', 'Secret', [[1, [[1, 'name']]]]);
    assert.throws(() => decodeBody(whole.subarray(0, whole.length - 6)), ProtobufError);
    assert.throws(() => decodeBody(Buffer.from('k8s\0\x07\xff', 'latin1')), ProtobufError);
  });
});
