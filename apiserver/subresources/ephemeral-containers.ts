import {
  prepareEphemeralContainers,
  validateEphemeralContainersUpdate,
} from '../../api/resources/core/pod-ephemeral-containers.ts';
import { podPart } from './pod-part.ts';

/** `pods/NAME/ephemeralcontainers`: containers may join a running pod; none that is there changes or goes. */
export const ephemeralContainersSubresource = podPart({
  name: 'ephemeralcontainers',
  prepare: prepareEphemeralContainers,
  validate: validateEphemeralContainersUpdate,
});
