import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { wordsForField } from './field-words.ts';

describe('words for fields without any', () => {
  for (const [typeName, field, words] of [
    ['io.k8s.api.apps.v1.Deployment', 'spec', 'What the deployment should be.'],
    ['io.k8s.api.core.v1.PodList', 'metadata', 'The revision of the list, and how to go on where it ends.'],
    ['io.k8s.api.core.v1.Container', 'livenessProbe', 'The liveness probe of the container.'],
    ['io.k8s.api.core.v1.PodSpec', 'securityContext', 'The security context of the pod.'],
    ['io.k8s.api.core.v1.CSIVolumeSource', 'nodePublishSecretRef', 'The node publish secret ref of the CSI volume.'],
    ['io.k8s.api.core.v1.Probe', 'httpGet', 'The http get of the probe.'],
  ] as const)
    it(`${typeName} ${field}`, () => assert.equal(wordsForField(typeName, field), words));
});
