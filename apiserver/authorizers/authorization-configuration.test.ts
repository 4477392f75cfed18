import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { toYaml } from '../../component/yaml.ts';
import { parseAuthorizationConfiguration } from './authorization-configuration.ts';

describe('authorization configuration', () => {
  let folder: string;
  let kubeConfigFile: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8ts-authz-'));
    kubeConfigFile = join(folder, 'webhook.kubeconfig');
    writeFileSync(kubeConfigFile, '');
  });
  after(() => rmSync(folder, { recursive: true }));

  const webhook = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    timeout: '3s',
    subjectAccessReviewVersion: 'v1',
    failurePolicy: 'Deny',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile },
    ...more,
  });
  const parse = (authorizers: unknown, more: Record<string, unknown> = {}) =>
    parseAuthorizationConfiguration(
      toYaml({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers, ...more }),
    );

  it('names authorizers in order', () => {
    const parsed = parse([
      { type: 'Webhook', name: 'first.example', webhook: webhook() },
      { type: 'Node', name: 'node' },
      { type: 'RBAC', name: 'rbac' },
      {
        type: 'Webhook',
        name: 'last',
        webhook: webhook({
          authorizedTTL: '1m30s',
          cacheUnauthorizedRequests: false,
          subjectAccessReviewVersion: 'v1beta1',
          failurePolicy: 'NoOpinion',
          matchConditionSubjectAccessReviewVersion: 'v1',
          matchConditions: [{ expression: 'has(request.resourceAttributes)' }],
        }),
      },
    ]);
    assert.deepEqual(
      parsed.map(({ type, name }) => [type, name]),
      [
        ['Webhook', 'first.example'],
        ['Node', 'node'],
        ['RBAC', 'rbac'],
        ['Webhook', 'last'],
      ],
    );
    const common = { kubeConfigFile, timeoutMs: 3000 };
    assert.deepEqual(parsed[0]!.webhook, {
      ...common,
      version: 'v1',
      authorizedTtlMs: 300_000,
      unauthorizedTtlMs: 30_000,
      failurePolicy: 'Deny',
      matchConditions: [],
    });
    assert.deepEqual(parsed[3]!.webhook, {
      ...common,
      version: 'v1beta1',
      authorizedTtlMs: 90_000,
      unauthorizedTtlMs: 0,
      failurePolicy: 'NoOpinion',
      matchConditions: ['has(request.resourceAttributes)'],
    });
  });

  const one = (more: Record<string, unknown>) => () => [{ type: 'Webhook', name: 'w', webhook: webhook(more) }];
  const conditions = (...expressions: string[]) =>
    one({
      matchConditionSubjectAccessReviewVersion: 'v1',
      matchConditions: expressions.map((expression) => ({ expression })),
    });
  for (const [name, authorizers, message] of [
    ['nobody', () => [], 'authorizers: Required value: at least one authorization mode must be defined'],
    ['no type', () => [{ name: 'a' }], 'authorizers[0].type: Required value'],
    [
      'an unknown type',
      () => [{ type: 'Magic', name: 'magic' }],
      'authorizers[0].type: Unsupported value: "Magic": supported values: "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
    ],
    [
      'a type twice',
      () => [
        { type: 'RBAC', name: 'rbac' },
        { type: 'RBAC', name: 'rbac2' },
      ],
      'authorizers[1].type: Duplicate value: "RBAC"',
    ],
    ['no name', () => [{ type: 'RBAC' }], 'authorizers[0].name: Required value'],
    [
      'another name',
      () => [{ type: 'RBAC', name: 'roles' }],
      'expected name rbac for authorizer RBAC instead of roles',
    ],
    ['a name twice', () => [...one({})(), ...one({})()], 'authorizers[1].name: Duplicate value: "w"'],
    [
      'no webhook',
      () => [{ type: 'Webhook', name: 'w' }],
      'authorizers[0].webhook: Required value: required when type=Webhook',
    ],
    [
      'a webhook of another type',
      () => [{ type: 'RBAC', name: 'rbac', webhook: webhook() }],
      'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
    ],
    ['no time-out', one({ timeout: undefined }), 'authorizers[0].timeout: Required value'],
    [
      'too long a time-out',
      one({ timeout: '31s' }),
      'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s',
    ],
    [
      'a negative time',
      one({ unauthorizedTTL: '-1s' }),
      'authorizers[0].unauthorizedTTL: Invalid value: "-1s": must be > 0s',
    ],
    [
      'another version',
      one({ subjectAccessReviewVersion: 'v2' }),
      'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1"',
    ],
    [
      'another policy',
      one({ failurePolicy: 'Allow' }),
      'authorizers[0].failurePolicy: Unsupported value: "Allow": supported values: "Deny", "NoOpinion"',
    ],
    [
      'a path that depends on where one stands',
      one({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: 'webhook' } }),
      'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "webhook": must be an absolute path',
    ],
    [
      'conditions without their version',
      one({ matchConditions: [{ expression: 'true' }] }),
      'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified',
    ],
    ['an empty condition', conditions(' '), 'authorizers[0].matchConditions[0].expression: Required value'],
    [
      'a condition twice',
      conditions('true', 'true'),
      'authorizers[0].matchConditions[1].expression: Duplicate value: "true"',
    ],
    [
      'a condition that is no claim',
      conditions('request.user'),
      'authorizers[0].matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool',
    ],
    [
      'too many conditions',
      conditions(...Array.from({ length: 65 }, (_, i) => `${i} == 0`)),
      'authorizers[0].matchConditions: Too many: 65: must have at most 64 items',
    ],
  ] as [string, () => unknown, string][])
    it(`refuses ${name}`, () => {
      assert.throws(() => parse(authorizers()), { message });
    });

  it('refuses conditions that do not compile', () => {
    assert.throws(() => parse(conditions('request.nothing == ""')()), /undefined field 'nothing'/);
  });

  it('refuses documents of other kinds, and fields it does not know', () => {
    const prefix = 'failed to load AuthorizationConfiguration from file: ';
    assert.throws(() => parse([], { kind: 'Other' }), { message: `${prefix}no kind "Other" is registered for version "apiserver.config.k8s.io/v1"` }); // prettier-ignore
    assert.throws(() => parse([], { more: 1 }), { message: `${prefix}strict decoding error: unknown field "more"` });
    assert.throws(() => parse(one({ timeout: 5 })()), /authorizers\[0\].webhook.timeout: time: missing unit in duration/); // prettier-ignore
    assert.throws(() => parseAuthorizationConfiguration(''), { message: `${prefix}empty config data` });
  });
});
