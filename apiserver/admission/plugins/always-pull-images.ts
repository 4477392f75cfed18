import { invalidValue } from '../../../api/meta/field-error.ts';
import { invalid } from '../../../api/meta/errors.ts';
import type { Container, EphemeralContainer, Pod } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { isPod } from '../pods.ts';
import { nameOf } from '../refuse.ts';

/** Every start asks the registry, so that only who may pull an image can run it. */
export function createAlwaysPullImages(): AdmissionPlugin {
  return {
    name: 'AlwaysPullImages',
    handles: ({ operation, row, subresource }) =>
      isPod(row) &&
      (subresource === '' || subresource === 'ephemeralcontainers') &&
      (operation === 'CREATE' || operation === 'UPDATE'),
    admit: ({ object, oldObject }) => {
      const pod = object as unknown as Pod;
      // An update that changes no image (of status, of labels) must not change how the pod is pulled.
      if (oldObject && imagesOf(oldObject as unknown as Pod) === imagesOf(pod)) return;
      for (const list of lists) for (const container of pod.spec?.[list] ?? none) container.imagePullPolicy = 'Always';
    },
    validate: (request) => {
      const pod = request.object as unknown as Pod;
      if (request.oldObject && imagesOf(request.oldObject as unknown as Pod) === imagesOf(pod)) return;
      if (isAlwaysPulled(pod)) return;
      const errors = containers(pod)
        .filter(([, { imagePullPolicy }]) => imagePullPolicy !== 'Always')
        .map(([field, { imagePullPolicy }]) =>
          invalidValue(`${field}.imagePullPolicy`, imagePullPolicy ?? '', 'this admission controller enforces Always'),
        );
      if (errors.length) throw invalid(request.row, nameOf(request), errors);
    },
  };
}

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
const none: readonly Container[] = [];

function isAlwaysPulled({ spec }: Pod): boolean {
  for (const list of lists)
    for (const container of spec?.[list] ?? none) if (container.imagePullPolicy !== 'Always') return false;
  return true;
}

function containers({ spec }: Pod): [string, Container | EphemeralContainer][] {
  return lists.flatMap((list) =>
    (spec?.[list] ?? []).map((container, i): [string, Container | EphemeralContainer] => [
      `spec.${list}[${i}]`,
      container,
    ]),
  );
}

function imagesOf(pod: Pod): string {
  return JSON.stringify(containers(pod).map(([field, { image }]) => [field, image]));
}
