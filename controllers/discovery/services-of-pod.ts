import { selectorFromLabels } from '../../api/meta/label-selector.ts';
import { objectKey, type DeepReadonly, type ObjectKey } from '../../api/meta/object.ts';
import { services } from '../../api/resources/core/service.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { ControllerDeps } from '../framework/define-controller.ts';

/** The services of its namespace that select the pod. */
export function servicesOfPod(pod: DeepReadonly<Pod>, { lister }: Pick<ControllerDeps, 'lister'>): ObjectKey[] {
  return lister(services)
    .list(pod.metadata.namespace)
    .filter(({ spec }) => spec?.selector && selectorFromLabels(spec.selector).matches(pod.metadata.labels))
    .map((service) => objectKey(service));
}
