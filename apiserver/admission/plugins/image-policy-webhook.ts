import { readFileSync } from 'node:fs';
import { formatDuration } from '../../../api/meta/duration.ts';
import type { Pod } from '../../../api/schema/generated/core-v1.ts';
import { parseKubeconfig } from '../../../client/kubeconfig.ts';
import { FlagError } from '../../../component/flags.ts';
import { createAnswerCache } from '../../webhooks/answer-cache.ts';
import type { ReviewWebhook } from '../../webhooks/review-webhook.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const name = 'ImagePolicyWebhook';
const auditPrefix = 'imagepolicywebhook.image-policy.k8s.io/';
const maxKept = 1024;

/** `imagePolicy` of the plugin's configuration. Times in ms; 0 is not at all. */
interface Settings {
  readonly kubeConfigFile: string;
  readonly allowTtlMs: number;
  readonly denyTtlMs: number;
  readonly retryBackoffMs: number;
  /** What is decided where the webhook fails. */
  readonly defaultAllow: boolean;
}

/** `imagepolicy.k8s.io/v1alpha1` ImageReview. */
interface ImageReviewSpec {
  readonly containers: readonly { readonly image: string }[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace: string;
}

interface ImageReviewStatus {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** A webhook says which images may run. It sees the images of a pod, its namespace, and the annotations meant for it. */
export function createImagePolicyWebhook({ configuration, clock, random, log }: AdmissionDeps): AdmissionPlugin {
  const settings = readSettings(configuration?.get(name));
  let opening: Promise<ReviewWebhook> | undefined;
  const open = async (): Promise<ReviewWebhook> => {
    // Loaded by those only who ask somebody.
    const { openReviewWebhook } = await import('../../webhooks/review-webhook.ts');
    const { kubeConfigFile, retryBackoffMs } = settings;
    return openReviewWebhook({ kubeConfigFile, initialBackoffMs: retryBackoffMs }, { clock, random });
  };
  const answers = createAnswerCache<ImageReviewStatus>(
    { keepMs: ({ allowed }) => (allowed ? settings.allowTtlMs : settings.denyTtlMs), maxEntries: maxKept },
    { clock },
  );
  const ask = async (spec: ImageReviewSpec): Promise<ImageReviewStatus> => {
    const webhook = await (opening ??= open());
    const { status } = await webhook.ask<{ status?: ImageReviewStatus }>({
      apiVersion: 'imagepolicy.k8s.io/v1alpha1',
      kind: 'ImageReview',
      metadata: {},
      spec,
      status: { allowed: false },
    });
    return status ?? {};
  };

  return {
    name,
    handles: ({ operation, row, subresource }) =>
      isPod(row) &&
      (subresource === '' || subresource === 'ephemeralcontainers') &&
      (operation === 'CREATE' || operation === 'UPDATE'),
    validate: async (request) => {
      const spec = specOf(request);
      let status: ImageReviewStatus;
      try {
        status = await answers.get(JSON.stringify(spec), () => ask(spec));
      } catch (error) {
        const { message } = error as Error;
        log.warn('the image policy webhook failed', { allowed: settings.defaultAllow, reason: message });
        if (!settings.defaultAllow) throw refuse(request, message);
        request.annotate(`${auditPrefix}failed-open`, 'true');
        return;
      }
      for (const [key, value] of Object.entries(status.auditAnnotations ?? {}))
        request.annotate(auditPrefix + key, value);
      if (status.allowed) return;
      throw refuse(
        request,
        status.reason
          ? `image policy webhook backend denied one or more images: ${status.reason}`
          : 'one or more images rejected by webhook backend',
      );
    },
    close: async () => {
      const webhook = await opening?.catch(() => undefined); // what was not opened need not be closed
      webhook?.close();
    },
  };
}

/** What the webhook is to know; annotations are for it that have `.image-policy.k8s.io/` in their key. */
function specOf({ object, subresource, namespace }: AdmissionRequest): ImageReviewSpec {
  const { metadata, spec } = object as unknown as Pod;
  const containers =
    subresource === 'ephemeralcontainers'
      ? (spec?.ephemeralContainers ?? [])
      : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(([key]) =>
    key.includes('.image-policy.k8s.io/'),
  );
  return {
    containers: containers.map(({ image = '' }) => ({ image })),
    ...(annotations.length ? { annotations: Object.fromEntries(annotations) } : {}),
    namespace,
  };
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;

/** @throws FlagError where the configuration is none, or no kubeconfig can be read where it says */
function readSettings(configured: Readonly<Record<string, unknown>> | undefined): Settings {
  const fail = (why: string): FlagError =>
    new FlagError(`couldn't init admission plugin ${JSON.stringify(name)}: ${why}`);
  if (!configured) throw fail('no config specified');
  const given = (configured['imagePolicy'] ?? {}) as Readonly<Record<string, unknown>>;
  const time = (field: string, unitMs: number, bounds: { min: number; max: number; otherwise: number }): number => {
    const value = given[field] ?? 0;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw fail(`${field} must be a whole number`);
    if (value === -1) return 0;
    if (value === 0) return bounds.otherwise;
    const ms = value * unitMs;
    if (ms > bounds.min && ms <= bounds.max) return ms;
    const [min, max, got] = [bounds.min, bounds.max, ms].map(formatDuration);
    throw fail(`valid value is between ${min} and ${max}, got ${got}`);
  };
  const kubeConfigFile = String(given['kubeConfigFile'] ?? '');
  const ttl = { min: secondMs, max: 30 * minuteMs };
  const settings = {
    kubeConfigFile,
    retryBackoffMs: time('retryBackoff', 1, { min: 1e-6, max: 5 * minuteMs, otherwise: 500 }),
    allowTtlMs: time('allowTTL', secondMs, { ...ttl, otherwise: 5 * minuteMs }),
    denyTtlMs: time('denyTTL', secondMs, { ...ttl, otherwise: 30 * secondMs }),
    defaultAllow: given['defaultAllow'] === true,
  };
  try {
    parseKubeconfig(readFileSync(kubeConfigFile, 'utf8'), kubeConfigFile);
  } catch (error) {
    throw fail((error as Error).message);
  }
  return settings;
}
