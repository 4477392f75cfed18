import { isDns1123Label } from '../../meta/names.ts';
import type {
  Affinity,
  Container,
  ContainerPort,
  EphemeralContainer,
  HostAlias,
  LocalObjectReference,
  NodeAffinity,
  Pod,
  PodAffinityTerm,
  PodSpec,
  PodTemplateSpec,
} from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { warnOfIp } from './address-warnings.ts';
import { nodeLabelDeprecation, warnOfPreferredTerm, warnOfTerm } from './node-label-warnings.ts';
import {
  appArmorAnnotationPrefix,
  seccompContainerPrefix,
  seccompPodAnnotation,
} from './pod-annotations-validation.ts';
import { warnOfFraction, warnOfVolumes } from './volume-warnings.ts';

const deprecatedAnnotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const seccompDeprecation = 'non-functional in v1.27+; use the "seccompProfile" field instead';
export const appArmorDeprecation = 'deprecated since v1.30; use the "appArmorProfile" field instead';
const matchesNothing = 'a null labelSelector results in matching no pod';

/** Warns of a new pod; updates are frequent, come from components, and nobody would read their warnings. */
export function podWarnings({ metadata, spec }: Pod, old?: Pod): string[] {
  const warnings: string[] = [];
  if (old || !spec) return warnings;
  warnOfHostname(metadata.name, "this is used in the Pod's hostname", warnings);
  warnOfPodSpec(metadata, spec, '', warnings);
  return warnings;
}

/** Names of pods begin with their owner's, and so do hostnames. */
export function warnOfPodNames({ name }: ObjectMeta, warnings: string[]): void {
  warnOfHostname(name, 'this is used in Pod names and hostnames', warnings);
}

function warnOfHostname(name: string | undefined, use: string, warnings: string[]): void {
  const why = isDns1123Label(name ?? '');
  if (why.length)
    warnings.push(
      `metadata.name: ${use}, which can result in surprising behavior; a DNS label is recommended: [${why.join(' ')}]`,
    );
}

/** Warns of a template of pods. */
export function warnOfTemplate({ metadata = {}, spec }: PodTemplateSpec, path: string, warnings: string[]): void {
  if (!spec) return;
  warnOfPodSpec(metadata, spec, `${path}.`, warnings);
  for (const { container } of containersOf(spec, '')) {
    const annotation = `${appArmorAnnotationPrefix}${container.name}`;
    const hasField = spec.securityContext?.appArmorProfile ?? container.securityContext?.appArmorProfile;
    if (!hasField && metadata.annotations?.[annotation] !== undefined)
      warnings.push(`${path}.metadata.annotations[${annotation}]: ${appArmorDeprecation}`);
  }
}

function warnOfPodSpec({ annotations = {} }: ObjectMeta, spec: PodSpec, prefix: string, warnings: string[]): void {
  const path = `${prefix}spec`;
  const warn = (field: string, message: string): unknown => warnings.push(`${path}.${field}: ${message}`);
  warnOfPlacement(spec, path, warnings);
  for (const key in deprecatedAnnotations)
    if (annotations[key] !== undefined)
      warnings.push(`${prefix}metadata.annotations[${key}]: ${deprecatedAnnotations[key]}`);
  if (spec.volumes) warnOfVolumes(spec.volumes, `${path}.volumes`, warnings);
  if (spec.hostAliases) warnOfRepeatedAliases(spec.hostAliases, `${path}.hostAliases`, warnings);
  if (spec.imagePullSecrets) warnOfPullSecrets(spec.imagePullSecrets, `${path}.imagePullSecrets`, warnings);
  warnOfBytes(spec.overhead, `${path}.overhead`, warnings);
  if (annotations[seccompPodAnnotation] !== undefined && !spec.securityContext?.seccompProfile)
    warnings.push(`${prefix}metadata.annotations[${seccompPodAnnotation}]: ${seccompDeprecation}`);
  const containers = containersOf(spec, path);
  for (const { container, path: at } of containers) {
    const annotation = `${seccompContainerPrefix}${container.name}`;
    if (annotations[annotation] !== undefined && !container.securityContext?.seccompProfile)
      warnings.push(`${prefix}metadata.annotations[${annotation}]: ${seccompDeprecation}`);
    warnOfBytes(container.resources?.limits, `${at}.resources.limits`, warnings);
    warnOfBytes(container.resources?.requests, `${at}.resources.requests`, warnings);
    warnOfHiddenVariables(container, at, warnings);
  }
  warnOfPorts(containers, warnings);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warn('terminationGracePeriodSeconds', 'must be >= 0; negative values are invalid and will be treated as 1');
  if (spec.affinity) warnOfAffinity(spec.affinity, `${path}.affinity`, warnings);
  for (const [index, server] of (spec.dnsConfig?.nameservers ?? []).entries())
    warnOfIp(server, `${path}.dnsConfig.nameservers[${index}]`, warnings);
  for (const [index, { ip }] of (spec.hostAliases ?? []).entries())
    warnOfIp(ip ?? '', `${path}.hostAliases[${index}].ip`, warnings);
}

function warnOfRepeatedAliases(aliases: readonly HostAlias[], path: string, warnings: string[]): void {
  for (const [index, ip] of repeated(aliases.map((alias) => alias.ip)))
    warnings.push(`${path}[${index}].ip: duplicate ip "${ip}"`);
}

function warnOfPullSecrets(secrets: readonly LocalObjectReference[], path: string, warnings: string[]): void {
  const names = secrets.map(({ name }) => name ?? '');
  for (const [index, name] of repeated(names)) warnings.push(`${path}[${index}].name: duplicate name "${name}"`);
  for (const [index, name] of names.entries())
    if (!name) warnings.push(`${path}[${index}].name: invalid empty name ""`);
}

interface PlacedContainer {
  readonly container: Container | EphemeralContainer;
  readonly path: string;
  readonly isSidecar: boolean;
  readonly isInit: boolean;
}

function containersOf(spec: PodSpec, path: string): PlacedContainer[] {
  const placed: PlacedContainer[] = [];
  for (const list of containerLists) {
    const containers = spec[list];
    const isInit = list === 'initContainers';
    for (let i = 0; i < (containers?.length ?? 0); i++) {
      const container = containers![i]!;
      const isSidecar = isInit && container.restartPolicy === 'Always';
      placed.push({ container, path: `${path}.${list}[${i}]`, isInit, isSidecar });
    }
  }
  return placed;
}

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Every text that stands further to the front too, with its index. */
function repeated(texts: readonly string[]): [number, string][] {
  return [...texts.entries()].filter(([index, text]) => texts.indexOf(text) < index);
}

function warnOfBytes(list: Readonly<Record<string, string>> | undefined, path: string, warnings: string[]): void {
  if (!list) return;
  warnOfFraction(list['memory'], `${path}[memory]`, warnings);
  warnOfFraction(list['ephemeral-storage'], `${path}[ephemeral-storage]`, warnings);
}

/** The second of two variables of one name counts; that it was meant shows where it refers to the first. */
function warnOfHiddenVariables({ env }: Pick<Container, 'env'>, path: string, warnings: string[]): void {
  if (!env || env.length < 2) return;
  const names = new Set<string>();
  for (const [index, { name, value = '', valueFrom }] of env.entries()) {
    const reference = `$(${name})`;
    const extends_ = !valueFrom && value !== reference && value.includes(reference);
    if (names.has(name) && !extends_)
      warnings.push(
        `${path}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`,
      );
    names.add(name);
  }
}

function warnOfPorts(containers: readonly PlacedContainer[], warnings: string[]): void {
  if (!containers.some(({ container }) => container.ports)) return;
  const byNumber = new Map<string, { readonly path: string; readonly port: ContainerPort }[]>();
  for (const { container, path: at } of containers) {
    for (const [index, port] of (container.ports ?? []).entries()) {
      const path = `${at}.ports[${index}]`;
      if (port.hostIP && !port.hostPort) warnings.push(`${path}: hostIP set without hostPort: ${goPort(port)}`);
      const key = `${port.containerPort}/${port.protocol}`;
      const others = byNumber.get(key);
      for (const other of others ?? []) {
        const clash = clashOf(port, other.port);
        if (clash) warnings.push(`${path}: ${clash} port definition with ${other.path}`);
      }
      if (others) others.push({ path, port });
      else byNumber.set(key, [{ path, port }]);
    }
  }
  const byName = new Map<string, string>();
  for (const { container, path: at, isInit, isSidecar } of containers) {
    if (isInit && !isSidecar) continue;
    for (const [index, { name }] of (container.ports ?? []).entries()) {
      if (!name) continue;
      const path = `${at}.ports[${index}]`;
      const other = byName.get(name);
      if (other === undefined) byName.set(name, path);
      else
        warnings.push(
          `${path}: duplicate port name "${name}" with ${other}, services and probes that select ports by name will use ${other}`,
        );
    }
  }
}

/** How two ports of one number get in each other's way; undefined where they don't. */
function clashOf(a: ContainerPort, b: ContainerPort): string | undefined {
  const [aHost, bHost, aIp, bIp] = [a.hostPort ?? 0, b.hostPort ?? 0, a.hostIP ?? '', b.hostIP ?? ''];
  if (aHost === bHost && aIp === bIp) return 'duplicate';
  if (aHost === 0 || bHost === 0) return 'overlapping';
  return aHost === bHost && (aIp === '') !== (bIp === '') ? 'dangerously ambiguous' : undefined;
}

/** As Go shows the port. */
function goPort({ name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}

function warnOfPlacement(
  { nodeSelector, affinity, topologySpreadConstraints }: PodSpec,
  path: string,
  warnings: string[],
): void {
  for (const label in nodeSelector) {
    const deprecation = nodeLabelDeprecation(label);
    if (deprecation) warnings.push(`${path}.nodeSelector[${label}]: ${deprecation}`);
  }
  if (affinity?.nodeAffinity) warnOfNodeAffinity(affinity.nodeAffinity, `${path}.affinity.nodeAffinity`, warnings);
  for (const [index, { topologyKey, labelSelector }] of (topologySpreadConstraints ?? []).entries()) {
    const place = `${path}.topologySpreadConstraints[${index}]`;
    const deprecation = nodeLabelDeprecation(topologyKey);
    if (deprecation) warnings.push(`${place}.topologyKey: ${topologyKey} is ${deprecation}`);
    if (!labelSelector) warnings.push(`${place}.labelSelector: ${matchesNothing}`);
  }
}

function warnOfNodeAffinity(affinity: NodeAffinity, path: string, warnings: string[]): void {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: needed,
    preferredDuringSchedulingIgnoredDuringExecution: liked,
  } = affinity;
  const neededAt = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  for (const [index, term] of (needed?.nodeSelectorTerms ?? []).entries())
    warnOfTerm(term, `${neededAt}[${index}]`, warnings);
  const likedAt = `${path}.preferredDuringSchedulingIgnoredDuringExecution`;
  for (const [index, { preference }] of (liked ?? []).entries())
    warnOfPreferredTerm(preference ?? {}, `${likedAt}[${index}].preference`, warnings);
}

function warnOfAffinity(affinity: Affinity, path: string, warnings: string[]): void {
  for (const side of ['podAffinity', 'podAntiAffinity'] as const) {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: needed,
      preferredDuringSchedulingIgnoredDuringExecution: liked,
    } = affinity[side] ?? {};
    const warn = (term: PodAffinityTerm, at: string): void => {
      if (!term.labelSelector) warnings.push(`${path}.${side}.${at}.labelSelector: ${matchesNothing}`);
    };
    for (const [index, term] of (needed ?? []).entries())
      warn(term, `requiredDuringSchedulingIgnoredDuringExecution[${index}]`);
    for (const [index, { podAffinityTerm }] of (liked ?? []).entries())
      warn(podAffinityTerm, `preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm`);
  }
}

interface Workload {
  readonly metadata: ObjectMeta;
  readonly spec?: { readonly template?: PodTemplateSpec };
}

/** Has an update changed what a workload is to do? A new one counts as changed. */
export function hasNewGeneration(
  next: { readonly metadata: ObjectMeta },
  old?: { readonly metadata: ObjectMeta },
): boolean {
  return !old || next.metadata.generation !== old.metadata.generation;
}

/** Warns of a workload's template where it may have changed. */
export function templateWarnings(next: Workload, old?: Workload): string[] {
  const warnings: string[] = [];
  if (next.spec?.template && hasNewGeneration(next, old)) warnOfTemplate(next.spec.template, 'spec.template', warnings);
  return warnings;
}

/** As `templateWarnings`, with those of the name, which pods' names begin with. */
export function workloadWarnings(next: Workload, old?: Workload): string[] {
  const warnings: string[] = [];
  if (!old) warnOfPodNames(next.metadata, warnings);
  return [...warnings, ...templateWarnings(next, old)];
}
