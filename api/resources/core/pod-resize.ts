/** The rules of `pods/resize`: a running pod may be given more or less CPU and memory. */
import { semanticEqual } from '../../meta/equality.ts';
import type { Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, type FieldError } from '../../meta/field-error.ts';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../schema/generated/core-v1.ts';
import { mirrorPodAnnotation } from './pod-annotations-validation.ts';
import { qosClassOf } from './pod-qos.ts';
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
  if (sized?.resources) spec.resources = sized.resources;
  else delete spec.resources;
  next.spec = spec;
  if (!semanticEqual(spec, old.spec)) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

/** All that is wrong with the sizes that are to be. */
export function validatePodResize(next: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorPodAnnotation] !== undefined)
    return [forbiddenField('[]', 'static pods cannot be resized')];
  if (old.spec?.os?.name === 'windows') return [forbiddenField('[]', 'windows pods cannot be resized')];
  const errors: Errors = [];
  validateAnnotationsAndSpec(next, errors);
  const qosClass = qosClassOf(next);
  if (qosClass !== (old.status?.qosClass ?? qosClassOf(old)))
    errors.push(
      invalidValue('spec', next.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'),
    );
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources)
    errors.push(forbiddenField('spec', 'Pod running on node without support for resize'));
  validatePodLevelResize(next.spec?.resources, old.spec?.resources, errors);
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, { resources }] of (old.spec?.[list] ?? []).entries())
      checkNotRemoved(next.spec?.[list]?.[index]?.resources, resources, `spec.${list}[${index}].resources`, '', errors);
  }
  for (const [index, container] of (next.spec?.containers ?? []).entries()) {
    const before = old.spec?.containers[index];
    if (!semanticEqual({ ...container, resources: withOldSizes(container.resources, before?.resources) }, before))
      errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable'));
  }
  for (const [index, container] of (next.spec?.initContainers ?? []).entries())
    validateInitResize(container, old.spec?.initContainers?.[index], `spec.initContainers[${index}]`, errors);
  return errors;
}

/** Init containers that ran are not run again: what restarts at a new size must be a sidecar. */
function validateInitResize(next: Container, old: Container | undefined, path: string, errors: Errors): void {
  if (semanticEqual(next, old)) return;
  if (!semanticEqual({ ...next, resources: withOldSizes(next.resources, old?.resources) }, old))
    errors.push(forbiddenField(path, 'only cpu and memory resources for init or sidecar containers are mutable'));
  if (next.restartPolicy === 'Always') return;
  if (next.resizePolicy?.some(({ restartPolicy }) => restartPolicy === 'RestartContainer')) {
    const why = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
    errors.push(forbiddenField(path, why));
  }
}

function validatePodLevelResize(
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  errors: Errors,
): void {
  const path = 'spec.resources';
  if (!hasSizes(next) && !hasSizes(old)) return;
  if (old && !next) {
    errors.push(forbiddenField(path, 'pod-level resources cannot be removed'));
    return;
  }
  if (old) checkNotRemoved(next, old, path, 'pod-level ', errors);
  const rest = withOldSizes(next, old);
  if (old ? !semanticEqual(rest, old) : hasSizes(rest))
    errors.push(forbiddenField('spec', 'only cpu and memory resources are mutable at pod-level'));
}

function hasSizes(resources: ResourceRequirements | undefined): boolean {
  return [resources?.requests, resources?.limits].some((list) => list && Object.keys(list).length > 0);
}

function checkNotRemoved(
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
  path: string,
  level: string,
  errors: Errors,
): void {
  for (const [side, word] of [
    ['requests', 'resource requests'],
    ['limits', 'resource limits'],
  ] as const) {
    const isRemoved = Object.keys(old?.[side] ?? {}).some((name) => next?.[side]?.[name] === undefined);
    if (isRemoved) errors.push(forbiddenField(`${path}.${side}`, `${level}${word} cannot be removed`));
  }
}

/** The new resources with what may change as it was. */
function withOldSizes(
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
): ResourceRequirements {
  const resources: ResourceRequirements = { ...next };
  for (const side of ['requests', 'limits'] as const) resources[side] = withOld(next?.[side], old?.[side]);
  return resources;
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
