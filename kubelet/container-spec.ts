import { containerLimits, podCgroup } from './cgroups/resources.ts';
import { expand } from './environment/expand.ts';
import type { Variable } from './environment/environment.ts';
import { containerHash, containerLabels } from './pods/container-hash.ts';
import { gracePeriodOf, type ReadonlyContainer, type ReadonlyPod } from './pods/pod.ts';
import type { ContainerSpec, ImageInfo, Mount } from './runtime/container-runtime.ts';

export interface ContainerSpecInput {
  readonly pod: ReadonlyPod;
  readonly container: ReadonlyContainer;
  readonly attempt: number;
  readonly image: ImageInfo;
  readonly env: readonly Variable[];
  readonly mounts: readonly Mount[];
  readonly node: { readonly memoryBytes: number; readonly cpuCfsQuota: boolean };
  readonly cgroupRoot: string;
  /** The runtime's profile, in place of none, where nothing is said. */
  readonly seccompDefault: boolean;
  /** Text of a `Localhost` seccomp profile. */
  readonly seccompProfile?: string;
}

/** The container the runtime is to make. Throws, in upstream's words, where the image may not run as the spec demands. */
export function containerSpec(input: ContainerSpecInput): ContainerSpec {
  const { pod, container, env, image } = input;
  const values = new Map(env.map(({ name, value }) => [name, value]));
  const expanded = (texts: readonly string[] | undefined): string[] | undefined =>
    texts?.map((text) => expand(text, (name) => values.get(name)));
  const security = container.securityContext ?? {};
  const podSecurity = pod.spec!.securityContext ?? {};
  const user = security.runAsUser ?? podSecurity.runAsUser;
  const group = security.runAsGroup ?? podSecurity.runAsGroup;
  if (security.runAsNonRoot ?? podSecurity.runAsNonRoot) verifyNonRoot(pod, container, user, image.user);
  return {
    name: container.name,
    attempt: input.attempt,
    image: container.image!,
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir,
    env,
    mounts: input.mounts,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    user: userOf(user, group, image.user),
    supplementalGroups: [
      ...(podSecurity.supplementalGroups ?? []),
      ...(podSecurity.fsGroup === undefined ? [] : [podSecurity.fsGroup]),
    ],
    privileged: security.privileged ?? false,
    readOnlyRootFilesystem: security.readOnlyRootFilesystem ?? false,
    capabilitiesAdd: security.capabilities?.add ?? [],
    capabilitiesDrop: security.capabilities?.drop ?? [],
    noNewPrivileges: security.allowPrivilegeEscalation === false && !security.privileged,
    seccomp: seccompOf(input),
    ...containerLimits(pod, container, input.node),
    shareProcessNamespaceWithSandbox: pod.spec!.shareProcessNamespace ?? false,
    hostNetwork: pod.spec!.hostNetwork ?? false,
    hostPid: pod.spec!.hostPID ?? false,
    hostIpc: pod.spec!.hostIPC ?? false,
    cgroupParent: podCgroup(pod, input.cgroupRoot),
    labels: {
      [containerLabels.hash]: containerHash(container),
      [containerLabels.terminationMessagePath]: container.terminationMessagePath ?? '/dev/termination-log',
      [containerLabels.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [containerLabels.podTerminationGracePeriod]: String(gracePeriodOf(pod)),
    },
  };
}

function userOf(user: number | undefined, group: number | undefined, ofImage: string): string | undefined {
  if (group === undefined) return user === undefined ? undefined : String(user);
  return `${user ?? (ofImage.split(':')[0] || 0)}:${group}`;
}

function verifyNonRoot(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  user: number | undefined,
  imageUser: string,
): void {
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (user !== undefined) {
    if (user === 0) throw new Error(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  const name = imageUser.split(':')[0] ?? '';
  if (name === '' || name === '0') throw new Error(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^\d+$/.test(name)) {
    throw new Error(
      `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`,
    );
  }
}

function seccompOf({ pod, container, seccompProfile, seccompDefault }: ContainerSpecInput): ContainerSpec['seccomp'] {
  const profile = container.securityContext?.seccompProfile ?? pod.spec!.securityContext?.seccompProfile;
  switch (profile?.type) {
    case 'RuntimeDefault':
      return 'RuntimeDefault';
    case 'Localhost':
      return { profile: seccompProfile! };
    case 'Unconfined':
      return 'Unconfined';
    default:
      return seccompDefault ? 'RuntimeDefault' : 'Unconfined';
  }
}
