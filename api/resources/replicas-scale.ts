import type { KubeObject } from '../meta/object.ts';
import type { ResourceRow } from './define-resource.ts';

interface Replicated extends KubeObject {
  spec?: { replicas?: number };
  readonly status?: { readonly replicas?: number };
}

/** The scale of what counts its pods in `replicas`. */
export function replicasScale<T extends Replicated>(
  selectorOf: (object: T) => { toString(): string },
): NonNullable<ResourceRow<T>['scale']> {
  return {
    specReplicas: (object) => object.spec?.replicas ?? 0,
    statusReplicas: (object) => object.status?.replicas ?? 0,
    selector: (object) => selectorOf(object).toString(),
    setSpecReplicas: (object, replicas) => {
      if (object.spec) object.spec.replicas = replicas;
    },
  };
}
