import type { AnyObject } from '../../api/meta/object.ts';

/** `PartialObjectMetadata` of an object: its metadata and nothing else. */
export function partialMetadataOf(object: AnyObject, metaVersion: string): AnyObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${metaVersion}`, metadata: object.metadata };
}
