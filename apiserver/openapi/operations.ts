import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Group, GroupVersion } from '../discovery/documents.ts';
import type { Steps } from './in-slices.ts';
import {
  capitalise,
  encodings,
  idOfGroup,
  meta,
  OperationMaker,
  tagOf,
  type Method,
  type Operation,
  type TypeOfKind,
} from './operation-maker.ts';

export interface PathItem {
  readonly path: string;
  /** Below which key of the OpenAPI v3 index it stands: `api/v1`, `apis/apps/v1`, `version`. */
  readonly document: string;
  readonly operations: readonly Operation[];
}

const proxyMethods: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

/** Every path of the API, from the rows; sorted by path. */
export function* pathItems(groups: readonly Group[], typeOfKind: TypeOfKind): Steps<PathItem[]> {
  const items = rootItems();
  for (const group of groups) {
    if (group.name !== '') items.push(groupItem(group));
    for (const gv of group.versions) {
      items.push(versionItem(gv));
      for (const row of gv.rows) {
        items.push(...resourceItems(row, typeOfKind));
        yield;
      }
    }
  }
  return items.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function rootItems(): PathItem[] {
  const read = (path: string, id: string, tag: string, type: string, extra: Partial<Operation> = {}): PathItem => ({
    path: `${path}/`,
    document: path.slice(1),
    operations: [
      {
        method: 'get',
        id,
        tag,
        description: `get ${path}`,
        parameters: [],
        consumes: encodings,
        produces: encodings,
        responses: { 200: type },
        ...extra,
      },
    ],
  });
  const json = ['application/json'];
  return [
    read('/api', 'getCoreAPIVersions', 'core', `${meta}.APIVersions`),
    read('/apis', 'getAPIVersions', 'apis', `${meta}.APIGroupList`),
    read('/version', 'getCodeVersion', 'version', 'io.k8s.apimachinery.pkg.version.Info', {
      consumes: json,
      produces: json,
    }),
    read('/.well-known/openid-configuration', 'getServiceAccountIssuerOpenIDConfiguration', 'WellKnown', 'string', {
      consumes: undefined,
      produces: json,
    }),
    read('/openid/v1/jwks', 'getServiceAccountIssuerOpenIDKeyset', 'openid', 'string', {
      consumes: undefined,
      produces: ['application/jwk-set+json'],
    }),
  ];
}

function groupItem(group: Group): PathItem {
  return {
    path: `/apis/${group.name}/`,
    document: `apis/${group.name}`,
    operations: [
      {
        method: 'get',
        id: `get${idOfGroup(group.name)}APIGroup`,
        tag: tagOf(group.name),
        description: 'get information of a group',
        parameters: [],
        consumes: encodings,
        produces: encodings,
        responses: { 200: `${meta}.APIGroup` },
      },
    ],
  };
}

function versionItem(gv: GroupVersion): PathItem {
  return {
    path: `/${documentOf(gv)}/`,
    document: documentOf(gv),
    operations: [
      {
        method: 'get',
        id: `get${idOfGroup(gv.group)}${capitalise(gv.version)}APIResources`,
        tag: tagOf(gv.group, gv.version),
        description: 'get available resources',
        parameters: [],
        consumes: encodings,
        produces: encodings,
        responses: { 200: `${meta}.APIResourceList` },
      },
    ],
  };
}

const documentOf = (gv: { readonly group: string; readonly version: string }): string =>
  gv.group === '' ? `api/${gv.version}` : `apis/${gv.group}/${gv.version}`;

function resourceItems(row: ResourceRow, typeOfKind: TypeOfKind): PathItem[] {
  const maker = new OperationMaker(row, typeOfKind);
  const document = documentOf(row);
  const root = `/${document}`;
  const namespaced = row.scope === 'Namespaced';
  const scope = namespaced ? '/namespaces/{namespace}' : '';
  const collection = `${root}${scope}/${row.plural}`;
  const can = (verb: string): boolean => row.verbs.includes(verb);
  const items: PathItem[] = [];
  const add = (path: string, operations: readonly (Operation | false)[]): void => {
    const real = operations.filter((o) => o !== false);
    if (real.length > 0) items.push({ path, document, operations: real });
  };
  add(collection, [
    can('list') && maker.list(),
    can('create') && maker.create(),
    can('deletecollection') && maker.deleteCollection(),
  ]);
  add(`${collection}/{name}`, [
    can('get') && maker.read(),
    can('update') && maker.replace(),
    can('delete') && maker.delete(),
    can('patch') && maker.patch(),
  ]);
  if (namespaced) add(`${root}/${row.plural}`, [can('list') && maker.list('ForAllNamespaces')]);
  if (can('watch')) {
    add(`${root}/watch${scope}/${row.plural}`, [maker.watchList()]);
    add(`${root}/watch${scope}/${row.plural}/{name}`, [maker.watch()]);
    if (namespaced) add(`${root}/watch/${row.plural}`, [maker.watchList('ForAllNamespaces')]);
  }
  for (const [name, facts] of Object.entries(row.subresources)) {
    const sub = new OperationMaker(row, typeOfKind, { name, facts });
    const path = `${collection}/{name}/${name}`;
    const has = (verb: string): boolean => facts.verbs.includes(verb);
    if (facts.kind.endsWith('Options')) {
      const methods: readonly Method[] = name === 'proxy' ? proxyMethods : ['get', 'post'];
      add(
        path,
        methods.map((method) => sub.connect(method)),
      );
      if (name === 'proxy')
        add(
          `${path}/{path}`,
          methods.map((method) => sub.connect(method, 'WithPath')),
        );
    } else {
      add(path, [
        has('get') && sub.read(),
        has('create') && sub.create(),
        has('update') && sub.replace(),
        has('patch') && sub.patch(),
      ]);
    }
  }
  return items;
}
