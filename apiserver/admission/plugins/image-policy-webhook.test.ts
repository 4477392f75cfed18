import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { KubeObject } from '../../../api/meta/object.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import {
  admissionRequest,
  createAdmissionDeps,
  run,
  type TestAdmissionRequest,
} from '../../../test/support/admission.ts';
import {
  startReviewWebhookPeer,
  type ReviewAnswer,
  type ReviewWebhookPeer,
} from '../../../test/support/review-webhook-peer.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { createImagePolicyWebhook } from './image-policy-webhook.ts';

describe('image policy webhook', () => {
  let folder: string;
  let peer: ReviewWebhookPeer;
  let answer: () => ReviewAnswer;
  let plugin: AdmissionPlugin | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-images-'));
    peer = await startReviewWebhookPeer(folder, () => answer());
  });
  after(async () => {
    await peer.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    answer = () => ({ body: { status: { allowed: true } } });
    peer.asked.length = 0;
  });
  afterEach(() => plugin?.close?.());

  const create = (settings: Record<string, unknown> = {}): AdmissionPlugin => {
    const imagePolicy = { kubeConfigFile: peer.kubeConfigFile, retryBackoff: -1, ...settings };
    return (plugin = createImagePolicyWebhook({
      ...createAdmissionDeps(),
      configuration: new Map([['ImagePolicyWebhook', { imagePolicy }]]),
    }));
  };
  const request = (more: Partial<AdmissionRequest> = {}, image = 'app:1'): TestAdmissionRequest =>
    admissionRequest(
      pods,
      {
        metadata: {
          namespace: 'a',
          name: 'p',
          annotations: { 'mycluster.image-policy.k8s.io/ticket': '7', 'other.io/x': 'y' },
        },
        spec: {
          containers: [{ name: 'c', image }],
          initContainers: [{ name: 'i', image: 'init:1' }],
          ephemeralContainers: [{ name: 'e', image: 'debug:1' }],
        },
      } as unknown as KubeObject,
      more,
    );
  const specs = (): unknown[] => peer.asked.map(({ spec }: { spec: unknown }) => spec);

  it('sees images, namespace and the annotations meant for it', async () => {
    await run(create(), request());
    assert.equal((peer.asked[0] as { apiVersion: string }).apiVersion, 'imagepolicy.k8s.io/v1alpha1');
    assert.deepEqual(specs(), [
      {
        containers: [{ image: 'app:1' }, { image: 'init:1' }],
        annotations: { 'mycluster.image-policy.k8s.io/ticket': '7' },
        namespace: 'a',
      },
    ]);
  });

  it('sees what is added to a running pod', async () => {
    await run(create(), request({ operation: 'UPDATE', subresource: 'ephemeralcontainers' }));
    assert.deepEqual((specs()[0] as { containers: unknown }).containers, [{ image: 'debug:1' }]);
  });

  it('is not asked about anything else', async () => {
    const made = create();
    for (const more of [{ operation: 'DELETE' }, { operation: 'UPDATE', subresource: 'status' }] as const)
      await run(made, request(more));
    assert.equal(peer.asked.length, 0);
  });

  it('is believed for a while', async () => {
    const made = create();
    await run(made, request());
    await run(made, request());
    await run(made, request({}, 'app:2'));
    assert.equal(peer.asked.length, 2);
    await made.close?.();
    const forgetful = create({ allowTTL: -1 });
    await run(forgetful, request());
    await run(forgetful, request());
    assert.equal(peer.asked.length, 4);
  });

  for (const [reason, message] of [
    ['no latest', 'image policy webhook backend denied one or more images: no latest'],
    ['', 'one or more images rejected by webhook backend'],
  ])
    it(`refuses images${reason ? ' and says why' : ''}`, async () => {
      answer = () => ({ body: { status: { allowed: false, reason, auditAnnotations: { seen: 'yes' } } } });
      const asked = request();
      await assert.rejects(run(create(), asked), { message: `pods "p" is forbidden: ${message}` });
      assert.deepEqual(asked.annotations, { 'imagepolicywebhook.image-policy.k8s.io/seen': 'yes' });
    });

  it('decides nothing where it fails: the default does', async () => {
    answer = () => ({ status: 403, body: 'out of order' });
    await assert.rejects(run(create(), request()), /^ApiError: pods "p" is forbidden: .*out of order/);
    await plugin?.close?.();
    const asked = request();
    await run(create({ defaultAllow: true }), asked);
    assert.deepEqual(asked.annotations, { 'imagepolicywebhook.image-policy.k8s.io/failed-open': 'true' });
  });

  for (const [settings, message] of [
    [{ allowTTL: 1801 }, 'valid value is between 1s and 30m0s, got 30m1s'],
    [{ denyTTL: 1 }, 'valid value is between 1s and 30m0s, got 1s'],
    [{ retryBackoff: 300_001 }, 'valid value is between 1ns and 5m0s, got 5m0.001s'],
    [{ allowTTL: '5m' }, 'allowTTL must be a whole number'],
  ] as [Record<string, unknown>, string][])
    it(`refuses ${JSON.stringify(settings)}`, () => {
      assert.throws(() => create(settings), {
        message: `couldn't init admission plugin "ImagePolicyWebhook": ${message}`,
      });
    });

  it('needs a configuration and a kubeconfig', () => {
    assert.throws(() => createImagePolicyWebhook(createAdmissionDeps()), /no config specified$/);
    assert.throws(() => create({ kubeConfigFile: join(folder, 'absent') }), /ENOENT/);
  });
});
