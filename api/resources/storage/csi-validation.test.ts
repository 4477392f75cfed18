import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceRow } from '../define-resource.ts';
import { csiDrivers } from './csi-driver.ts';
import { csiNodes } from './csi-node.ts';
import { storageClasses } from './storage-class.ts';
import { volumeAttachments } from './volume-attachment.ts';

function made(row: ResourceRow, fields: object): KubeObject {
  const object = { metadata: { name: 'v' }, ...structuredClone(fields) } as KubeObject;
  row.setDefaults?.(object);
  return object;
}

const driver = (spec: object): object => ({ spec });
const node = (...drivers: object[]): object => ({ spec: { drivers } });
const attachment = (spec: object): object => ({
  spec: { attacher: 'a.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' }, ...spec },
});
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const which = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

describe('storage drivers', () => {
  const created: [string, unknown, object, string[]][] = [
    [
      'an unknown mode',
      csiDrivers,
      driver({ volumeLifecycleModes: ['X'] }),
      ['spec.volumeLifecycleModes: Unsupported value: "X": supported values: "Persistent", "Ephemeral"'],
    ],
    [
      'an audience twice',
      csiDrivers,
      driver({
        tokenRequests: [
          { audience: 'a', expirationSeconds: 1 },
          { audience: 'a', expirationSeconds: 1 },
        ],
      }),
      [
        'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
        'spec.tokenRequests[1].audience: Duplicate value: "a"',
      ],
    ],
    [
      'tokens in secrets, without tokens',
      csiDrivers,
      driver({ serviceAccountTokenInSecrets: false }),
      [
        'spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
      ],
    ],
    [
      'an attachment of nothing to nothing',
      volumeAttachments,
      {},
      [
        'spec.attacher: Required value',
        `spec.source: Required value: ${which}`,
        `spec.nodeName: Invalid value: "": ${subdomain}`,
        'spec.attacher: Required value',
      ],
    ],
    [
      'an attachment of an unnamed volume',
      volumeAttachments,
      attachment({ source: { persistentVolumeName: '' } }),
      [
        'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
        `spec.source.persistentVolumeName: Invalid value: "": ${subdomain}`,
      ],
    ],
  ];
  for (const [what, of, fields, errors] of created)
    it(what, () => {
      const row = of as ResourceRow;
      assert.deepEqual((row.validate?.(made(row, fields)) ?? []).map(String), errors);
    });

  const changed: [string, unknown, object, object, string[]][] = [
    [
      'whether to attach',
      csiDrivers,
      driver({}),
      driver({ attachRequired: false }),
      ['spec.attachedRequired: Invalid value: false: field is immutable'],
    ],
    [
      'the node of an attachment',
      volumeAttachments,
      attachment({}),
      attachment({ nodeName: 'm' }),
      [
        'spec: Invalid value: {"Attacher":"a.example.com","Source":{"PersistentVolumeName":"v","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable',
      ],
    ],
    [
      'what a driver calls a node',
      csiNodes,
      node({ name: 'd', nodeID: 'n' }),
      node({ name: 'd', nodeID: 'm' }),
      [
        'spec.drivers: Invalid value: {"Name":"d","NodeID":"m","TopologyKeys":null,"Allocatable":null}: field is immutable',
      ],
    ],
    [
      'how much a node holds',
      csiNodes,
      node({ name: 'd', nodeID: 'n' }),
      node({
        name: 'd',
        nodeID: 'n',
        allocatable: { count: 1 },
      }),
      [],
    ],
    [
      'an unknown reclaim policy',
      storageClasses,
      { provisioner: 'p' },
      { provisioner: 'p', reclaimPolicy: 'X' },
      [
        'reclaimPolicy: Unsupported value: "X": supported values: "Delete", "Retain"',
        'reclaimPolicy: Invalid value: "X": field is immutable',
      ],
    ],
  ];
  for (const [what, of, before, after, errors] of changed)
    it(`${what}, changed`, () => {
      const row = of as ResourceRow;
      assert.deepEqual((row.validateUpdate?.(made(row, after), made(row, before)) ?? []).map(String), errors);
    });

  it('warns of tokens that do not say where they go', () => {
    const { warnings } = csiDrivers as unknown as ResourceRow;
    const wanted = made(csiDrivers as unknown as ResourceRow, driver({ tokenRequests: [{ audience: 'a' }] }));
    assert.match(warnings?.(wanted)[0] ?? '', /^spec\.serviceAccountTokenInSecrets is unset; /);
    assert.deepEqual(warnings?.(wanted, wanted), []);
  });
});
