import { prepareResize, validatePodResize } from '../../api/resources/core/pod-resize.ts';
import { podPart } from './pod-part.ts';

/** `pods/NAME/resize`: CPU and memory of containers may change in place, as long as the pod keeps its QoS class. */
export const resizeSubresource = podPart({
  name: 'resize',
  prepare: prepareResize,
  validate: validatePodResize,
});
