import { forbiddenField, invalidValue, type FieldError } from '../../api/meta/field-error.ts';
import { compareQuantities } from '../../api/meta/quantity.ts';
import { qosClassOf } from '../../api/resources/core/pod-qos.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Container, Pod } from '../../api/schema/generated/core-v1.ts';
import { podPart } from './pod-view.ts';

/** `pods/NAME/resize`: CPU and memory of containers may change in place, as long as the pod keeps its QoS class. */
export const resizeSubresource = podPart({
  name: 'resize',
  take: (spec, next) => {
    for (const list of ['containers', 'initContainers'] as const) {
      const wanted = new Map(next[list]?.map((container) => [container.name, container]));
      for (const container of spec[list] ?? []) {
        const now = wanted.get(container.name);
        if (!now) continue;
        container.resources = now.resources;
        if (now.resizePolicy) container.resizePolicy = now.resizePolicy;
      }
    }
  },
  validate: (next, old) => [...(pods.validate?.(next) ?? []), ...validateResize(next, old)],
});

const resizable = new Set(['cpu', 'memory']);

function validateResize(next: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const qosClass = old.status?.qosClass ?? qosClassOf(old);
  if (qosClassOf(next) !== qosClass)
    errors.push(invalidValue('spec', qosClass, 'Pod QOS Class may not change as a result of resizing'));
  next.spec!.containers.forEach((container, index) => {
    const before = old.spec!.containers[index]!;
    for (const kind of ['requests', 'limits'] as const)
      if (Object.keys(before.resources?.[kind] ?? {}).some((name) => !container.resources?.[kind]?.[name]))
        errors.push(
          forbiddenField(`spec.containers[${index}].resources.${kind}`, `resource ${kind} cannot be removed`),
        );
    if (changesMore(container, before))
      errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  });
  return errors;
}

function changesMore(next: Container, old: Container): boolean {
  return (['requests', 'limits'] as const).some((kind) => {
    const [after, before] = [next.resources?.[kind] ?? {}, old.resources?.[kind] ?? {}];
    return [...new Set([...Object.keys(after), ...Object.keys(before)])].some(
      (name) =>
        !resizable.has(name) &&
        (after[name] === undefined || before[name] === undefined || compareQuantities(after[name], before[name]) !== 0),
    );
  });
}
