import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Container, Pod } from '../../api/schema/generated/core-v1.ts';
import { nonZeroRequests, podRequests } from './pod-requests.ts';

const asks = (cpu: string | undefined, over: Partial<Container> = {}): Container => ({
  name: 'c',
  ...(cpu === undefined ? {} : { resources: { requests: { cpu } } }),
  ...over,
});
const sidecar = (cpu: string): Container => asks(cpu, { restartPolicy: 'Always' });
const podOf = (spec: Pod['spec']): Pod => ({ metadata: { name: 'p' }, spec });

describe('podRequests', () => {
  const cases: readonly [string, NonNullable<Pod['spec']>, Record<string, number>][] = [
    ['nothing', { containers: [asks(undefined)] }, {}],
    ['the sum of containers', { containers: [asks('100m'), asks('1')] }, { cpu: 1100 }],
    [
      'the largest init container where it is more',
      { containers: [asks('1')], initContainers: [asks('2'), asks('3')] },
      { cpu: 3000 },
    ],
    [
      'the containers where they are more',
      { containers: [asks('2'), asks('2')], initContainers: [asks('3')] },
      { cpu: 4000 },
    ],
    ['sidecars beside the containers', { containers: [asks('1')], initContainers: [sidecar('1')] }, { cpu: 2000 }],
    [
      'sidecars that run before an init container',
      { containers: [asks('1')], initContainers: [sidecar('1'), asks('4')] },
      { cpu: 5000 },
    ],
    ['but not those after it', { containers: [asks('1')], initContainers: [asks('4'), sidecar('1')] }, { cpu: 4000 }],
    [
      'overhead on top',
      { containers: [asks('1')], overhead: { cpu: '250m', memory: '1Ki' } },
      { cpu: 1250, memory: 1024 },
    ],
    [
      'the pod level before its containers',
      { containers: [asks('1')], resources: { requests: { cpu: '3' } } },
      { cpu: 3000 },
    ],
    [
      'the pod level only where it says something',
      { containers: [asks('1')], resources: { requests: { memory: '1Mi' } } },
      { cpu: 1000, memory: 1024 ** 2 },
    ],
  ];
  for (const [name, spec, expected] of cases)
    it(name, () => assert.deepEqual({ ...podRequests(podOf(spec)) }, expected));
});

describe('nonZeroRequests', () => {
  const mi = 1024 ** 2;
  const cases: readonly [string, NonNullable<Pod['spec']>, { cpu: number; memory: number }][] = [
    [
      'assumes for each container that names none',
      { containers: [asks(undefined), asks('1')] },
      { cpu: 1100, memory: 400 * mi },
    ],
    ['takes a request of zero as it is', { containers: [asks('0')] }, { cpu: 0, memory: 200 * mi }],
    [
      'counts overhead and init containers',
      { containers: [asks('1')], initContainers: [asks('2')], overhead: { cpu: '1' } },
      { cpu: 3000, memory: 200 * mi },
    ],
  ];
  for (const [name, spec, expected] of cases) it(name, () => assert.deepEqual(nonZeroRequests(podOf(spec)), expected));
});
