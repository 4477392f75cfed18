/** The rules of `pods/resize`: a running pod may be given more or less CPU and memory. */
import { semanticEqual } from '../../meta/equality.ts';
import type { Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, type FieldError } from '../../meta/field-error.ts';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../schema/generated/core-v1.ts';
import { mirrorPodAnnotation } from './pod-annotations-validation.ts';
import { qosClassOf } from './pod-qos.ts';
import { validateAnnotationChange } from './pod-update-validation.ts';
import { validateAnnotationsAndSpec } from './pod-validation.ts';

const lists = ['containers', 'initContainers'] as const;
const resizable = ['cpu', 'memory'] as const;

/** Keeps all of the old pod but the resources and resize policies of its containers; changes `next`. */
export function prepareResize(next: Pod, old: Pod): void {
  const sized = next.spec;
  const { resourceVersion, managedFields } = next.metadata;
  next.metadata = { ...old.metadata, resourceVersion, managedFields };
  next.status = old.status;
  const spec: PodSpec = { ...old.spec! };
  for (const list of lists) {
    spec[list] = old.spec?.[list]?.map((container) => {
      const wanted = sized?.[list]?.find(({ name }) => name === container.name);
      if (!wanted) return container;
      return { ...container, resources: wanted.resources, resizePolicy: wanted.resizePolicy };
    }) as Container[];
    if (!old.spec?.[list]) delete spec[list];
  }
  if (sized?.resources && old.spec?.resources) spec.resources = sized.resources;
  next.spec = spec;
  if (!semanticEqual(spec, old.spec)) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** All that is wrong with the sizes that are to be. */
export function validatePodResize(next: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorPodAnnotation] !== undefined)
    return [forbiddenField('[]', 'static pods cannot be resized')];
  const errors: Errors = [];
  validateAnnotationsAndSpec(next, errors);
  validateAnnotationChange(next, old, errors);
  if (errors.length > 0) return errors;
  if (old.spec?.os?.name === 'windows') errors.push(forbiddenField('spec', 'windows pods cannot be resized'));
  const qosClass = qosClassOf(next);
  if (qosClass !== (old.status?.qosClass ?? qosClassOf(old)))
    errors.push(
      invalidValue('spec', next.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'),
    );
  for (const list of lists) {
    for (const [index, { resources }] of (next.spec?.[list] ?? []).entries())
      checkNotRemoved(resources, old.spec?.[list]?.[index]?.resources, `spec.${list}[${index}].resources`, errors);
  }
  if (!semanticEqual(withOldSizes(next.spec!, old.spec!), old.spec))
    errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  return errors;
}

function checkNotRemoved(
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  path: string,
  errors: Errors,
): void {
  for (const [side, word] of [
    ['requests', 'resource requests'],
    ['limits', 'resource limits'],
  ] as const) {
    const isRemoved = Object.keys(old?.[side] ?? {}).some((name) => next?.[side]?.[name] === undefined);
    if (isRemoved) errors.push(forbiddenField(`${path}.${side}`, `${word} cannot be removed`));
  }
}

function withOldSizes(next: PodSpec, old: PodSpec): PodSpec {
  const spec: PodSpec = { ...next };
  for (const list of lists) {
    spec[list] = next[list]?.map((container, index) => {
      const before = old[list]?.[index];
      const resources: ResourceRequirements = { ...container.resources };
      for (const side of ['requests', 'limits'] as const)
        resources[side] = withOld(resources[side], before?.resources?.[side]);
      return { ...container, resources, resizePolicy: before?.resizePolicy };
    }) as Container[];
  }
  return spec;
}

function withOld(
  next: Record<string, string> | undefined,
  old: Record<string, string> | undefined,
): Record<string, string> {
  const list = { ...next };
  for (const name of resizable) {
    if (old?.[name] === undefined) delete list[name];
    else list[name] = old[name];
  }
  return list;
}
