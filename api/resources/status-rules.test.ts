import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { KubeObject } from '../meta/object.ts';
import { validatingAdmissionPolicies } from './admissionregistration/validating-admission-policy.ts';
import { customResourceDefinitions } from './apiextensions/custom-resource-definition.ts';
import { apiServices } from './apiregistration/api-service.ts';
import { persistentVolumes } from './core/persistent-volume.ts';
import { persistentVolumeClaims } from './core/persistent-volume-claim.ts';
import type { ResourceRow } from './define-resource.ts';
import { flowSchemas } from './flowcontrol/flow-schema.ts';
import { priorityLevelConfigurations } from './flowcontrol/priority-level-configuration.ts';
import { resources } from './index.ts';
import { podDisruptionBudgets } from './policy/pod-disruption-budget.ts';
import { volumeAttachments } from './storage/volume-attachment.ts';

const row = (one: unknown): ResourceRow => one as ResourceRow;

describe('rules of statuses', () => {
  const attachment = (source: object): object => ({ attacher: 'a.example.com', nodeName: 'n', source });
  const time = '2024-01-01T00:00:00Z';
  const later = '2024-01-02T00:00:00Z';
  const noLabel =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

  for (const { what, of, spec, status, errors } of [
    {
      what: 'a claim of less than nothing',
      of: persistentVolumeClaims,
      status: { capacity: { storage: '-1' } },
      errors: ['status.capacity[storage]: Invalid value: -1: must be a valid resource quantity'],
    },
    { what: 'a claim', of: persistentVolumeClaims, status: { capacity: { storage: '1Gi' } }, errors: [] },
    {
      what: 'conditions of a flow schema that are the same',
      of: flowSchemas,
      status: { conditions: [{ type: 'Dangling' }, { type: 'Dangling' }, {}] },
      errors: ['status.conditions[1].type: Duplicate value: "Dangling"', 'status.conditions[2].type: Required value'],
    },
    {
      what: 'conditions of a priority level that are the same',
      of: priorityLevelConfigurations,
      status: { conditions: [{ type: 'A' }, { type: 'A' }] },
      errors: ['status.conditions[1].type: Duplicate value: "A"'],
    },
    {
      what: 'conditions of a budget',
      of: podDisruptionBudgets,
      status: {
        disruptionsAllowed: -1,
        conditions: [
          {
            type: 'DisruptionAllowed',
            status: 'True',
            reason: 'SufficientPods',
            message: '',
            lastTransitionTime: time,
          },
          {
            type: 'DisruptionAllowed',
            status: 'Maybe',
            reason: '',
            message: 'm'.repeat(40_000),
            observedGeneration: -1,
          },
          { type: '', status: 'True', reason: 'a b', message: '', lastTransitionTime: time },
        ],
      },
      errors: [
        'status.conditions[1].type: Duplicate value: "DisruptionAllowed"',
        'status.conditions[1].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
        'status.conditions[1].observedGeneration: Invalid value: -1: must be greater than or equal to zero',
        'status.conditions[1].lastTransitionTime: Required value',
        'status.conditions[1].reason: Required value',
        'status.conditions[1].message: Too long: may not be more than 32768 bytes',
        'status.conditions[2].type: Invalid value: "": name part must be non-empty',
        "status.conditions[2].type: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        "status.conditions[2].reason: Invalid value: \"a b\": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')",
        'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
      ],
    },
    {
      what: 'a policy whose expressions were checked',
      of: validatingAdmissionPolicies,
      status: {
        typeChecking: {
          expressionWarnings: [{ fieldRef: 'spec.validations[0].expression', warning: 'w' }, { fieldRef: ' ' }],
        },
        conditions: [{ type: 'A', status: 'True', reason: 'R', message: '' }],
      },
      errors: [
        'status.typeChecking.expressionWarnings[1].warning: Required value',
        'status.typeChecking.expressionWarnings[1].fieldRef: Required value',
        'status.conditions[0].lastTransitionTime: Required value',
      ],
    },
    {
      what: 'an API that may be available',
      of: apiServices,
      status: {
        conditions: [
          { type: 'Available', status: 'True' },
          { type: 'Available', status: 'yes' },
        ],
      },
      errors: ['status.conditions[1].status: Unsupported value: "yes": supported values: "True", "False", "Unknown"'],
    },
    {
      what: 'a definition whose names are none',
      of: customResourceDefinitions,
      status: {
        acceptedNames: { plural: 'A', kind: 'Same', listKind: 'Same', shortNames: ['ok', ''], categories: ['a b'] },
      },
      errors: [
        `status.acceptedNames.plural: Invalid value: "A": ${noLabel}`,
        `status.acceptedNames.shortNames[1]: Invalid value: "": ${noLabel}`,
        'status.acceptedNames.listKind: Invalid value: "Same": kind and listKind may not be the same',
        `status.acceptedNames.categories[0]: Invalid value: "a b": ${noLabel}`,
      ],
    },
    {
      what: 'a definition whose kind is none',
      of: customResourceDefinitions,
      status: { acceptedNames: { plural: 'things', kind: 'A_b' } },
      errors: [
        `status.acceptedNames.kind: Invalid value: "A_b": may have mixed case, but should otherwise match: ${noLabel}`,
      ],
    },
    {
      what: 'an attachment that failed',
      of: volumeAttachments,
      spec: attachment({ persistentVolumeName: 'pv' }),
      status: {
        attached: false,
        attachmentMetadata: { a: 'x'.repeat(256 * 1024) },
        attachError: { message: 'm'.repeat(1025), errorCode: 3 },
        detachError: { message: 'm', errorCode: -1 },
      },
      errors: [
        'status.attachmentMetadata: Too long: may not be more than 262144 bytes',
        'status.attachError.message: Too long: may not be more than 262144 bytes',
        'status.detachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      ],
    },
  ].map((one) => ({ spec: {}, ...one })))
    it(`the status of ${what}`, () => {
      const object = { metadata: { name: 'v' }, spec, status } as KubeObject;
      assert.deepEqual(row(of).validateStatusUpdate?.(object, object).map(String), errors);
    });

  it('every kind with a status says what it may become, but those of which upstream takes all', () => {
    const unchecked = resources.filter((one) => one.subresources['status'] && !one.validateStatusUpdate);
    assert.deepEqual(unchecked.map(({ kind }) => kind).sort(), ['CronJob', 'PersistentVolume', 'ServiceCIDR']);
  });

  it('the status of a volume keeps the time of its phase until that changes', () => {
    const prepare = (next: object, old: object): object => {
      const volume = { metadata: { name: 'v' }, spec: {}, status: next } as KubeObject;
      row(persistentVolumes).prepareForStatusUpdate?.(volume, { metadata: {}, spec: {}, status: old } as KubeObject, {
        nowMs: Date.parse(later),
      });
      return (volume as { status?: object }).status!;
    };
    const old = { phase: 'Bound', lastPhaseTransitionTime: time };
    assert.deepEqual(prepare({ phase: 'Bound' }, old), old);
    assert.deepEqual(prepare(old, { phase: 'Available' }), old);
    assert.deepEqual(prepare({ phase: 'Released' }, old), { phase: 'Released', lastPhaseTransitionTime: later });
    assert.deepEqual(prepare({ ...old, phase: 'Released' }, old), {
      phase: 'Released',
      lastPhaseTransitionTime: later,
    });
  });

  it('who writes the status of a flow schema changes none of its metadata', () => {
    const next = { metadata: { name: 'f', labels: { a: 'b' } }, spec: {}, status: {} } as KubeObject;
    row(flowSchemas).prepareForStatusUpdate?.(next, { metadata: { name: 'f' }, spec: {} } as KubeObject);
    assert.deepEqual(next.metadata, { name: 'f' });
  });
});
