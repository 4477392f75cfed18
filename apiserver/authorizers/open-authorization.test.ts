import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { parseFlags } from '../../component/flags.ts';
import { toYaml } from '../../component/yaml.ts';
import { startReviewWebhookPeer, type ReviewWebhookPeer } from '../../test/support/review-webhook-peer.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { until } from '../../test/support/until.ts';
import { configOf, flags, type ApiServerFlags } from '../config.ts';
import { openAuthorization } from './open-authorization.ts';

const valuesOf = (...args: string[]): ApiServerFlags => {
  const parsed = parseFlags(flags, args);
  assert.ok(parsed.kind === 'run');
  return parsed.values;
};

describe('authorization with webhooks', () => {
  let folder: string;
  let peer: ReviewWebhookPeer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-authz-'));
    peer = await startReviewWebhookPeer(folder, () => ({ body: { status: { allowed: true } } }));
  });
  after(async () => {
    await peer.close();
    await rm(folder, { recursive: true });
  });
  const configuration = (authorizers: readonly object[]): string =>
    toYaml({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers });
  const webhook = (name: string): object => ({
    type: 'Webhook',
    name,
    webhook: {
      timeout: '3s',
      subjectAccessReviewVersion: 'v1',
      failurePolicy: 'Deny',
      connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: peer.kubeConfigFile },
    },
  });

  it('has them where the mode stands', async () => {
    const stop = new AbortController();
    const values = valuesOf('--authorization-mode=Node,Webhook,RBAC', `--authorization-webhook-config-file=${peer.kubeConfigFile}`); // prettier-ignore
    assert.deepEqual(configOf(values).authorizationModes, ['Node', 'Webhook', 'RBAC']);
    const opened = await openAuthorization(values, createTestDeps());
    const links = opened.links();
    assert.deepEqual(
      links.map((link) => ('mode' in link ? link.mode : link.webhook.name)),
      ['Node', 'Webhook', 'RBAC'],
    );
    const running = opened.run(stop.signal);
    stop.abort();
    await running;
  });

  it('follows its file; what is built in stays', async () => {
    const clock = createFakeClock();
    const deps = createTestDeps({ clock });
    const stop = new AbortController();
    const file = join(folder, 'authorization.yaml');
    const rbac = { type: 'RBAC', name: 'rbac' };
    await writeFile(file, configuration([rbac, webhook('a')]));
    const opened = await openAuthorization(valuesOf(`--authorization-config=${file}`), deps);
    const running = opened.run(stop.signal);
    const look = async (): Promise<void> => {
      await clock.waitForPending(1);
      await clock.advance(10_000);
    };
    assert.equal(opened.links().length, 2);
    await writeFile(file, configuration([webhook('b'), webhook('a'), rbac]));
    await look();
    await until(() => opened.links().length === 3, 'the changed file');
    await writeFile(file, configuration([webhook('b')]));
    await look();
    await until(() => deps.lines.some(({ level }) => level === 'error'), 'the refusal');
    assert.equal(opened.links().length, 3);
    assert.match(String(deps.lines.find(({ level }) => level === 'error')!.fields['error']), /missing required types: \[RBAC\]/); // prettier-ignore
    const text = await deps.metrics.metrics();
    for (const status of ['success', 'failure'])
      assert.ok(
        text.includes(`apiserver_authorization_config_controller_automatic_reloads_total{status="${status}"} 1`),
      );
    stop.abort();
    await running;
  });

  for (const [args, message] of [
    [['--authorization-mode=Webhook'], /^authorization-mode Webhook's authorization config file not passed$/],
    [
      ['--authorization-webhook-config-file=f'],
      /^cannot specify --authorization-webhook-config-file without mode Webhook$/,
    ],
    [
      ['--authorization-config=f', '--authorization-mode=RBAC'],
      /^--authorization-config can not be specified when --authorization-mode or --authorization-webhook-\* flags are defined$/,
    ],
  ] as [string[], RegExp][])
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => configOf(valuesOf(...args)), { message });
    });

  it('says what is wrong with its files', async () => {
    await assert.rejects(
      openAuthorization(valuesOf(`--authorization-config=${join(folder, 'absent')}`), createTestDeps()),
      /^FlagError: failed to load AuthorizationConfiguration from file: ENOENT/,
    );
  });
});
