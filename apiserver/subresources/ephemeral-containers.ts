import { isDeepStrictEqual } from 'node:util';
import { forbiddenField, type FieldError } from '../../api/meta/field-error.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { podPart } from './pod-view.ts';

/** `pods/NAME/ephemeralcontainers`: containers may join a running pod; none that is there changes or goes. */
export const ephemeralContainersSubresource = podPart({
  name: 'ephemeralcontainers',
  take: (spec, next) => {
    if (next.ephemeralContainers?.length) spec.ephemeralContainers = next.ephemeralContainers;
    else delete spec.ephemeralContainers;
  },
  validate: (next, old) => [...(pods.validate?.(next) ?? []), ...validateAdditions(next, old)],
});

function validateAdditions(next: Pod, old: Pod): FieldError[] {
  const path = 'spec.ephemeralContainers';
  const after = new Map(next.spec!.ephemeralContainers?.map((container) => [container.name, container]));
  return (old.spec!.ephemeralContainers ?? []).flatMap((before) => {
    const name = JSON.stringify(before.name);
    const now = after.get(before.name);
    if (!now) return [forbiddenField(path, `existing ephemeral containers ${name} may not be removed\n`)];
    return isDeepStrictEqual(now, before)
      ? []
      : [forbiddenField(path, `existing ephemeral containers ${name} may not be changed\n`)];
  });
}
