import { definePlugin, fits, unresolvable } from '../framework/plugin.ts';

const wrongNode = unresolvable("node(s) didn't match the requested node name");

/** A pod that names its node goes there and nowhere else. */
export const nodeName = definePlugin({
  name: 'NodeName',
  filter: (pod, info) => (!pod.spec?.nodeName || pod.spec.nodeName === info.name ? fits : wrongNode),
});
