import type { ContainerSpec } from '../../kubelet/runtime/container-runtime.ts';

/** What a container runtime is told of a container without any wishes. */
export function containerSpec(more: Pick<ContainerSpec, 'image'> & Partial<ContainerSpec>): ContainerSpec {
  return {
    name: 'main',
    attempt: 0,
    env: [],
    mounts: [],
    stdin: false,
    stdinOnce: false,
    tty: false,
    supplementalGroups: [],
    privileged: false,
    readOnlyRootFilesystem: false,
    capabilitiesAdd: [],
    capabilitiesDrop: [],
    noNewPrivileges: false,
    seccomp: 'RuntimeDefault',
    oomScoreAdj: 0,
    shareProcessNamespaceWithSandbox: false,
    hostNetwork: false,
    hostPid: false,
    hostIpc: false,
    labels: {},
    ...more,
  };
}
