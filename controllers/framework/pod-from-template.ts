import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { Pod, PodTemplateSpec } from '../../api/schema/generated/core-v1.ts';
import { controllerReference } from './ownership.ts';

/** A new pod of the owner as its template says; the server completes the name `OWNER-xxxxx`. */
export function podFromTemplate(
  owner: DeepReadonly<KubeObject>,
  ref: ResourceRef,
  template: DeepReadonly<PodTemplateSpec>,
): Pod {
  const copy = structuredClone(template) as PodTemplateSpec;
  const prefix = `${owner.metadata.name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: owner.metadata.namespace,
      // A name that ends with a dash and is too long is cut by the server; upstream leaves the dash out where the prefix is no valid name.
      generateName: prefix,
      labels: copy.metadata?.labels,
      annotations: copy.metadata?.annotations,
      finalizers: copy.metadata?.finalizers,
      ownerReferences: [controllerReference(owner, ref)],
    },
    spec: copy.spec,
  };
}
