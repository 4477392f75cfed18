import type { KubeObject } from '../../api/meta/object.ts';
import { annotationRows, pairs, row } from './lines.ts';

/** Name, namespace, labels and annotations, as most kinds begin. */
export function identity({ metadata }: KubeObject): string[] {
  return [
    `Name:\t${metadata.name}`,
    ...row('Namespace', metadata.namespace),
    ...pairs('Labels', metadata.labels),
    ...annotationRows('Annotations', metadata.annotations),
  ];
}

/** Who made it, where somebody did. */
export function controlledBy({ metadata }: KubeObject): string[] {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  return owner ? [`Controlled By:\t${owner.kind}/${owner.name}`] : [];
}
