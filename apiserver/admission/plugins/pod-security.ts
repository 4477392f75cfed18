import { invalid } from '../../../api/meta/errors.ts';
import type { AnyObject } from '../../../api/meta/object.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import type { CronJob } from '../../../api/schema/generated/batch-v1.ts';
import type { Deployment } from '../../../api/schema/generated/apps-v1.ts';
import type { Container, Pod, PodSpec, PodTemplate, PodTemplateSpec } from '../../../api/schema/generated/core-v1.ts';
import type { CacheReader } from '../../storage/cache-reader.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { seccompContainerPrefix, seccompPodKey } from '../pod-security/baseline-checks.ts';
import { podSecurityConfiguration, type PodSecurityConfiguration } from '../pod-security/configuration.ts';
import type { Violation } from '../pod-security/check.ts';
import { describeViolations, violations } from '../pod-security/evaluate.ts';
import {
  describePolicy,
  isSamePolicy,
  isStricter,
  policyOf,
  type LevelVersion,
  type Policy,
} from '../pod-security/policy.ts';
import { isPod, isResource } from '../pods.ts';
import { nameOf, refuse } from '../refuse.ts';

const ignoredSubresources = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);
/** How many pods a stricter namespace is held against, so that the answer stays prompt. */
const maxCheckedPods = 3000;

const templates: Readonly<Record<string, (object: AnyObject) => PodTemplateSpec | undefined>> = {
  '/podtemplates': (object) => (object as unknown as PodTemplate).template,
  '/replicationcontrollers': templateOfSpec,
  'apps/deployments': templateOfSpec,
  'apps/replicasets': templateOfSpec,
  'apps/statefulsets': templateOfSpec,
  'apps/daemonsets': templateOfSpec,
  'batch/jobs': templateOfSpec,
  'batch/cronjobs': (object) => (object as unknown as CronJob).spec?.jobTemplate.spec?.template,
};

function templateOfSpec(object: AnyObject): PodTemplateSpec | undefined {
  return (object as unknown as Deployment).spec?.template;
}

function templateOf({
  group,
  plural,
}: AdmissionRequest['row']): ((object: AnyObject) => PodTemplateSpec | undefined) | undefined {
  return templates[`${group}/${plural}`];
}

const noLabels = {};

/** Holds pods against the Pod Security Standard that the labels of their namespace name. */
export function createPodSecurity({ cache, configuration }: AdmissionDeps): AdmissionPlugin {
  const config = podSecurityConfiguration(configuration?.get('PodSecurity'));
  // Labels as the cache holds them are the same object until the namespace changes.
  const known = new WeakMap<object, Policy>();
  const policyFor = (labels: Readonly<Record<string, string>> = noLabels): Policy => {
    let policy = known.get(labels);
    if (!policy) known.set(labels, (policy = policyOf(labels, config.defaults).policy));
    return policy;
  };
  return {
    name: 'PodSecurity',
    handles: ({ operation, row, subresource }) => {
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      if (isPod(row)) return !ignoredSubresources.has(subresource);
      return subresource === '' && (isResource(row, '', 'namespaces') || templateOf(row) !== undefined);
    },
    validate: (request) => {
      if (isResource(request.row, '', 'namespaces')) return validateNamespace(request, cache, config);
      const judge = isPod(request.row) ? validatePod : tellAboutTemplate;
      const known = cache.get(namespaces, { name: request.namespace });
      if (known) return judge(request, policyFor(known.metadata.labels), config);
      const newest = cache.getNewest(namespaces, { name: request.namespace });
      return newest.then((namespace) => judge(request, policyFor(namespace?.metadata.labels), config));
    },
  };
}

function allowsAll({ enforce, audit, warn }: Policy): boolean {
  return enforce.level === 'privileged' && audit.level === 'privileged' && warn.level === 'privileged';
}

function isExempt(request: AdmissionRequest, config: PodSecurityConfiguration, spec: PodSpec | undefined): boolean {
  const reason = config.exemption({ ...request, runtimeClassName: spec?.runtimeClassName });
  if (reason) request.annotate('pod-security.kubernetes.io/exempt', reason);
  return reason !== undefined;
}

function validatePod(request: AdmissionRequest, policy: Policy, config: PodSecurityConfiguration): void {
  if (allowsAll(policy)) return;
  const pod = request.object as unknown as Pod;
  if (!pod.spec || (request.oldObject && !isSignificant(pod, request.oldObject as unknown as Pod))) return;
  if (isExempt(request, config, pod.spec)) return;
  const enforced = violations(policy.enforce, pod.metadata, pod.spec);
  request.annotate('pod-security.kubernetes.io/enforce-policy', describePolicy(policy.enforce));
  tell(request, policy, pod, enforced);
  if (enforced.length) {
    throw refuse(request, `violates PodSecurity "${describePolicy(policy.enforce)}": ${describeViolations(enforced)}`);
  }
}

function tellAboutTemplate(request: AdmissionRequest, policy: Policy, config: PodSecurityConfiguration): void {
  const template = templateOf(request.row)!(request.object!);
  if (!template?.spec || isExempt(request, config, template.spec)) return;
  tell(request, policy, { metadata: template.metadata ?? {}, spec: template.spec });
}

/**
 * The audit event says what audit mode finds; the client is warned of what warn mode finds, unless it is refused. `enforced`:
 * what enforce mode found, where that decides.
 */
function tell(
  request: AdmissionRequest,
  policy: Policy,
  { metadata, spec }: Pick<Pod, 'metadata' | 'spec'>,
  enforced?: readonly Violation[],
): void {
  const text = (of: LevelVersion): string | undefined => {
    const found = enforced && isSamePolicy(of, policy.enforce) ? enforced : violations(of, metadata, spec!);
    return found.length ? `would violate PodSecurity "${describePolicy(of)}": ${describeViolations(found)}` : undefined;
  };
  const audit = text(policy.audit);
  if (audit) request.annotate('pod-security.kubernetes.io/audit-violations', audit);
  const warning = enforced?.length ? undefined : text(policy.warn);
  if (warning) request.warn(warning);
}

/** Does an update change anything that the checks look at and that may still change? */
function isSignificant(next: Pod, old: Pod): boolean {
  const isChanged = (key: string): boolean => next.metadata.annotations?.[key] !== old.metadata.annotations?.[key];
  const isOther = (now: Container, before: Container | undefined): boolean =>
    now.image !== before?.image || isChanged(seccompContainerPrefix + now.name);
  if (isChanged(seccompPodKey)) return true;
  const ephemeral = old.spec?.ephemeralContainers ?? [];
  return (
    (['containers', 'initContainers'] as const).some((list) => {
      const [now, before] = [next.spec?.[list] ?? [], old.spec?.[list] ?? []];
      return now.length !== before.length || now.some((container, i) => isOther(container, before[i]));
    }) ||
    (next.spec?.ephemeralContainers ?? []).some((container) => {
      const before = ephemeral.find(({ name }) => name === container.name);
      return !before || isOther(container, before);
    })
  );
}

function validateNamespace(request: AdmissionRequest, cache: CacheReader, config: PodSecurityConfiguration): void {
  const next = policyOf(request.object!.metadata.labels, config.defaults);
  const old = request.oldObject ? policyOf(request.oldObject.metadata.labels, config.defaults) : undefined;
  const isOldError = old?.errors.length && String(old.errors) === String(next.errors);
  if (next.errors.length && !isOldError) throw invalid(request.row, nameOf(request), next.errors);
  if (!old) return;
  const [now, before] = [next.policy.enforce, old.policy.enforce];
  if (isSamePolicy(now, before) || now.level === 'privileged') return;
  if (now.minor === before.minor && !isStricter(now.level, before.level)) return;
  if (config.exemption({ user: request.user, namespace: request.name }) === 'namespace') return;
  warnOfExistingPods(request, now, cache, config);
}

function warnOfExistingPods(
  request: AdmissionRequest,
  enforce: LevelVersion,
  cache: CacheReader,
  config: PodSecurityConfiguration,
): void {
  const all = cache.list(pods, request.name);
  const byReasons = new Map<string, { readonly first: string; count: number }>();
  for (const pod of all.slice(0, maxCheckedPods) as Pod[]) {
    if (config.exemption({ runtimeClassName: pod.spec?.runtimeClassName })) continue;
    const reasons = pod.spec ? violations(enforce, pod.metadata, pod.spec).map(({ reason }) => reason) : [];
    if (!reasons.length) continue;
    const key = reasons.join(', ');
    const known = byReasons.get(key);
    if (known) known.count++;
    else byReasons.set(key, { first: pod.metadata.name!, count: 1 });
  }
  if (all.length > maxCheckedPods) {
    request.warn(
      `new PodSecurity enforce level only checked against the first ${maxCheckedPods} of ${all.length} existing pods`,
    );
  }
  if (!byReasons.size) return;
  request.warn(
    `existing pods in namespace "${request.name}" violate the new PodSecurity enforce level "${describePolicy(enforce)}"`,
  );
  const lines = [...byReasons].map(([reasons, { first, count }]) => {
    if (count === 1) return `${first}: ${reasons}`;
    return `${first} (and ${count - 1} other ${count === 2 ? 'pod' : 'pods'}): ${reasons}`;
  });
  for (const line of lines.sort()) request.warn(line);
}
