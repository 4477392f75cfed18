import type { Container, EphemeralContainer, PodSpec } from '../../../api/schema/generated/core-v1.ts';

/** What a check sees of a pod or of a pod template. */
export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  /** Init containers, containers, ephemeral containers. */
  readonly containers: readonly AnyContainer[];
  readonly minor: number | 'latest';
}

/** Why a pod is not of the level. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

export interface Check {
  readonly id: string;
  /** The first 1.x release whose wording has it. */
  readonly sinceMinor: number;
  /** Can it only find something where the pod or a container has a security context? */
  readonly onlyOfContexts?: true;
  /** Checks that this stricter one stands for. */
  readonly replaces?: readonly string[];
  readonly check: (pod: CheckedPod) => Violation | undefined;
}

export type AnyContainer = Container | EphemeralContainer;

/** In the order that `CheckedPod.containers` has; a new array. Any of the three lists may be absent. */
export function allContainers({ initContainers = [], containers, ephemeralContainers = [] }: PodSpec): AnyContainer[] {
  return [...initContainers, ...(containers ?? []), ...ephemeralContainers];
}

/** Does the pod, or one of its containers, say anything in a security context? */
export function hasContexts({ spec, containers }: Pick<CheckedPod, 'spec' | 'containers'>): boolean {
  if (hasFields(spec.securityContext)) return true;
  for (const { securityContext } of containers) if (hasFields(securityContext)) return true;
  return false;
}

function hasFields(context: object | undefined): boolean {
  for (const _ in context) return true;
  return false;
}

/** The word for so many. */
export function plural(one: string, many: string, count: number): string {
  return count === 1 ? one : many;
}

/** Each in quotation marks, by comma. */
export function quoted(items: readonly string[]): string {
  return `"${items.join('", "')}"`;
}

/** `container "a"` or `containers "a", "b"`. */
export function containersNamed(names: readonly string[]): string {
  return `${plural('container', 'containers', names.length)} ${quoted(names)}`;
}

/** Names of the containers of which `test` is true. */
export function namesWhere({ containers }: CheckedPod, test: (container: AnyContainer) => boolean): readonly string[] {
  let names: string[] | undefined;
  for (const container of containers) if (test(container)) (names ??= []).push(container.name);
  return names ?? nobody;
}

const nobody: readonly string[] = [];

/** Distinct and sorted. */
export function distinct(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}

/** At or after a release? */
export function isSince({ minor }: Pick<CheckedPod, 'minor'>, release: number): boolean {
  return minor === 'latest' || minor >= release;
}

/** Does the pod say that it runs on Windows? */
export function isWindows({ spec }: CheckedPod): boolean {
  return spec.os?.name === 'windows';
}

/** Has the pod a user namespace of its own? Its root is nobody on the node; the wording of 1.35 lets it be (KEP-127). */
export function isInUserNamespace(pod: CheckedPod): boolean {
  return isSince(pod, 35) && pod.spec.hostUsers === false;
}
