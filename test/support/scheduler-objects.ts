import type { Container, Node, Pod } from '../../api/schema/generated/core-v1.ts';

/** A node with room for 110 pods, 4 cores and 8 GiB, under its own host name. */
export function testNode(
  name: string,
  options: {
    readonly labels?: Record<string, string>;
    readonly allocatable?: Record<string, string>;
    readonly spec?: Node['spec'];
  } = {},
): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...options.labels } },
    spec: options.spec ?? {},
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...options.allocatable } },
  };
}

/** A pod of the namespace `default` with one container that asks for what is given. */
export function testPod(
  name: string,
  options: {
    readonly requests?: Record<string, string>;
    readonly labels?: Record<string, string>;
    readonly metadata?: Pod['metadata'];
    readonly container?: Partial<Container>;
    readonly spec?: Partial<NonNullable<Pod['spec']>>;
  } = {},
): Pod {
  const container: Container = {
    name: 'main',
    image: 'image',
    ...(options.requests ? { resources: { requests: options.requests } } : {}),
    ...options.container,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: options.labels, ...options.metadata },
    spec: { containers: [container], ...options.spec },
  };
}
