import type { SchemaTable } from './schema-table.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const discovery = 'io.k8s.api.apidiscovery.v2';

/** Types that answers are made of and OpenAPI does not describe: what the table lacks for the protobuf format. */
export const wireTypes: SchemaTable = {
  [`${meta}.PartialObjectMetadata`]: { fields: { metadata: { t: `${meta}.ObjectMeta`, default: {}, pb: 1 } } },
  [`${meta}.PartialObjectMetadataList`]: {
    fields: {
      metadata: { t: `${meta}.ListMeta`, default: {}, pb: 1 },
      items: { t: `[]${meta}.PartialObjectMetadata`, required: true, pb: 2 },
    },
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1beta1.PartialObjectMetadataList': {
    fields: {
      metadata: { t: `${meta}.ListMeta`, default: {}, pb: 2 },
      items: { t: `[]${meta}.PartialObjectMetadata`, required: true, pb: 1 },
    },
  },
  [`${meta}.GroupVersionKind`]: {
    fields: { group: { t: 'string', pb: 1 }, version: { t: 'string', pb: 2 }, kind: { t: 'string', pb: 3 } },
  },
  [`${discovery}.APIGroupDiscoveryList`]: {
    fields: {
      metadata: { t: `${meta}.ListMeta`, default: {}, pb: 1 },
      items: { t: `[]${discovery}.APIGroupDiscovery`, required: true, pb: 2 },
    },
  },
  [`${discovery}.APIGroupDiscovery`]: {
    fields: {
      metadata: { t: `${meta}.ObjectMeta`, default: {}, pb: 1 },
      versions: { t: `[]${discovery}.APIVersionDiscovery`, pb: 2 },
    },
  },
  [`${discovery}.APIVersionDiscovery`]: {
    fields: {
      version: { t: 'string', required: true, pb: 1 },
      resources: { t: `[]${discovery}.APIResourceDiscovery`, pb: 2 },
      freshness: { t: 'string', pb: 3 },
    },
  },
  [`${discovery}.APIResourceDiscovery`]: {
    fields: {
      resource: { t: 'string', required: true, pb: 1 },
      responseKind: { t: `${meta}.GroupVersionKind`, pb: 2 },
      scope: { t: 'string', required: true, pb: 3 },
      singularResource: { t: 'string', required: true, pb: 4 },
      verbs: { t: '[]string', required: true, pb: 5 },
      shortNames: { t: '[]string', pb: 6 },
      categories: { t: '[]string', pb: 7 },
      subresources: { t: `[]${discovery}.APISubresourceDiscovery`, pb: 8 },
    },
  },
  [`${discovery}.APISubresourceDiscovery`]: {
    fields: {
      subresource: { t: 'string', required: true, pb: 1 },
      responseKind: { t: `${meta}.GroupVersionKind`, pb: 2 },
      acceptedTypes: { t: `[]${meta}.GroupVersionKind`, pb: 3 },
      verbs: { t: '[]string', required: true, pb: 4 },
    },
  },
};

/** Kinds that answers of every group carry, and those of `wireTypes`, by `apiVersion kind`. */
export const wireTypeByKind: ReadonlyMap<string, string> = new Map([
  ['v1 Status', `${meta}.Status`],
  ['v1 APIVersions', `${meta}.APIVersions`],
  ['v1 APIGroupList', `${meta}.APIGroupList`],
  ['v1 APIGroup', `${meta}.APIGroup`],
  ['v1 APIResourceList', `${meta}.APIResourceList`],
  // The core group's documents of discovery say no version.
  [' APIVersions', `${meta}.APIVersions`],
  [' APIResourceList', `${meta}.APIResourceList`],
  ['meta.k8s.io/v1 PartialObjectMetadata', `${meta}.PartialObjectMetadata`],
  ['meta.k8s.io/v1beta1 PartialObjectMetadata', `${meta}.PartialObjectMetadata`],
  ['meta.k8s.io/v1 PartialObjectMetadataList', `${meta}.PartialObjectMetadataList`],
  [
    'meta.k8s.io/v1beta1 PartialObjectMetadataList',
    'io.k8s.apimachinery.pkg.apis.meta.v1beta1.PartialObjectMetadataList',
  ],
  ['apidiscovery.k8s.io/v2 APIGroupDiscoveryList', `${discovery}.APIGroupDiscoveryList`],
]);
