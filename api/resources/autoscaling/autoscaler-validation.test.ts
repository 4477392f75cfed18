import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  MetricSpec,
} from '../../schema/generated/autoscaling-v2.ts';
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts';

function autoscaler(spec: Partial<HorizontalPodAutoscalerSpec>): HorizontalPodAutoscaler {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
  const made: HorizontalPodAutoscaler = {
    metadata: { name: 'a', namespace: 'n' },
    spec: { scaleTargetRef, maxReplicas: 5, ...spec },
  };
  horizontalPodAutoscalers.setDefaults?.(made);
  return made;
}

describe('validation of autoscalers', () => {
  const noGroup = 'Invalid value: "v1": apiVersion must specify API group';
  const metric = (one: object): { metrics: MetricSpec[] } => ({ metrics: [one as MetricSpec] });
  const ofContainer = (source: object): { metrics: MetricSpec[] } =>
    metric({
      type: 'ContainerResource',
      containerResource: { target: { type: 'Utilization', averageUtilization: 5 }, ...source },
    });
  for (const { what, spec, errors } of [
    {
      what: 'a target without a group',
      spec: { scaleTargetRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } },
      errors: [`spec.scaleTargetRef.apiVersion: ${noGroup}`],
    },
    {
      what: 'a target without a version',
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'd' } },
      errors: ['spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group'],
    },
    {
      what: 'a target with too many parts',
      spec: { scaleTargetRef: { apiVersion: 'a/b/c', kind: 'Deployment', name: 'd' } },
      errors: ['spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    },
    {
      what: 'a replication controller, which has no group',
      spec: { scaleTargetRef: { kind: 'ReplicationController', name: 'r' } },
      errors: [],
    },
    {
      what: 'no replicas, without a metric from outside',
      spec: { minReplicas: 0 },
      errors: [
        'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
        'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
      ],
    },
    {
      what: 'a window before now',
      spec: { behavior: { scaleUp: { stabilizationWindowSeconds: -1 } } },
      errors: [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero',
      ],
    },
    {
      what: 'an empty list of policies, which is not filled',
      spec: { behavior: { scaleUp: { policies: [] } } },
      errors: ['spec.behavior.scaleUp.policies: Required value: must specify at least one Policy'],
    },
    {
      what: 'a metric without the type of its target',
      spec: metric({ type: 'Pods', pods: { metric: { name: 'm' }, target: { averageValue: '0' } } }),
      errors: [
        'spec.metrics[0].pods.target.type: Required value: must specify a metric target type',
        'spec.metrics[0].pods.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
        'spec.metrics[0].pods.target.averageValue: Invalid value: "0": must be positive',
      ],
    },
    {
      what: 'a metric of no container',
      spec: ofContainer({ name: 'cpu', container: '' }),
      errors: ['spec.metrics[0].containerResource.container: Required value: must specify a container'],
    },
    {
      what: 'a metric of a resource that containers do not have',
      spec: ofContainer({ name: 'pods', container: 'c' }),
      errors: [
        'spec.metrics[0].containerResource.name: Invalid value: "pods": must be a standard resource for containers',
      ],
    },
  ])
    it(what, () => {
      assert.deepEqual((horizontalPodAutoscalers.validate?.(autoscaler(spec)) ?? []).map(String), errors);
    });

  it('what an old rule let in may stay until it is touched', () => {
    const scaleTargetRef = { kind: 'Deployment', name: 'd' };
    const old = autoscaler({ scaleTargetRef });
    const update = (spec: Partial<HorizontalPodAutoscalerSpec>): string[] =>
      (horizontalPodAutoscalers.validateUpdate?.(autoscaler(spec), old) ?? []).map(String);
    assert.deepEqual(update({ scaleTargetRef, maxReplicas: 7 }), []);
    assert.deepEqual(update({ scaleTargetRef: { ...scaleTargetRef, kind: 'StatefulSet' } }), [
      'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    ]);
  });
});
