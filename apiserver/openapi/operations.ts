import type { ResourceRow, SubresourceFacts } from '../../api/resources/define-resource.ts';
import type { Group, GroupVersion } from '../discovery/documents.ts';
import {
  body,
  connectParameters,
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  patchParameters,
  pathName,
  pathNamespace,
  pathRest,
  pretty,
  writeParameters,
  type Parameter,
} from './parameters.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch';

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** One operation of a path, as both versions of OpenAPI describe it. */
export interface Operation {
  readonly method: Method;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  /** `x-kubernetes-action` and `x-kubernetes-group-version-kind`; absent for what is no resource. */
  readonly action?: string;
  readonly gvk?: Gvk;
  readonly parameters: readonly Parameter[];
  readonly consumes?: readonly string[];
  readonly produces: readonly string[];
  /** Type in the schema table, or `string`, by status. */
  readonly responses: Readonly<Record<string, string>>;
}

export interface PathItem {
  readonly path: string;
  /** Below which key of the OpenAPI v3 index it stands: `api/v1`, `apis/apps/v1`, `version`. */
  readonly document: string;
  readonly operations: readonly Operation[];
}

/** Finds the schema of a kind; custom resources have one of their own making. */
export type TypeOfKind = (gvk: Gvk) => string;

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const anything = ['*/*'];
const encodings = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const listEncodings = [
  ...encodings,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
];
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** Resources whose delete answers the object rather than a Status. */
const answerDeletedObject = new Set(
  `persistentvolumeclaims pods podtemplates resourcequotas serviceaccounts services persistentvolumes
   deviceclasses.resource.k8s.io resourceclaims.resource.k8s.io resourceclaimtemplates.resource.k8s.io
   resourceslices.resource.k8s.io csidrivers.storage.k8s.io csinodes.storage.k8s.io storageclasses.storage.k8s.io
   volumeattachments.storage.k8s.io volumeattributesclasses.storage.k8s.io`.split(/\s+/),
);

const proxyMethods: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

/** Every path of the API, from the rows; sorted by path. */
export function pathItems(groups: readonly Group[], typeOfKind: TypeOfKind): PathItem[] {
  const items = [
    ...rootItems(),
    ...groups.flatMap((group) => [
      ...(group.name === '' ? [] : [groupItem(group)]),
      ...group.versions.flatMap((gv) => [versionItem(gv), ...gv.rows.flatMap((row) => resourceItems(row, typeOfKind))]),
    ]),
  ];
  return items.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `CoreV1`, `RbacAuthorizationV1`: the middle of an operation id. */
export function idOfGroup(group: string): string {
  if (group === '') return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capitalise)
    .join('');
}

const capitalise = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
const tagOf = (group: string, version?: string): string => {
  const name = idOfGroup(group);
  const tag = name.slice(0, 1).toLowerCase() + name.slice(1);
  return version === undefined ? tag : `${tag}_${version}`;
};

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

class OperationMaker {
  readonly #row: ResourceRow;
  readonly #sub: { readonly name: string; readonly facts: SubresourceFacts } | undefined;
  readonly #gvk: Gvk;
  readonly #type: string;
  readonly #inNamespace: readonly Parameter[];

  constructor(row: ResourceRow, typeOfKind: TypeOfKind, sub?: { name: string; facts: SubresourceFacts }) {
    this.#row = row;
    this.#sub = sub;
    this.#gvk =
      sub === undefined
        ? { group: row.group, version: row.version, kind: row.kind }
        : {
            group: sub.facts.version === undefined ? row.group : (sub.facts.group ?? ''),
            version: sub.facts.version ?? row.version,
            kind: sub.facts.kind,
          };
    this.#type = sub !== undefined && sub.facts.kind.endsWith('Options') ? 'string' : typeOfKind(this.#gvk);
    this.#inNamespace = row.scope === 'Namespaced' ? [pathNamespace] : [];
  }

  #make(
    method: Method,
    verb: string,
    rest: Omit<Operation, 'method' | 'id' | 'tag' | 'description' | 'gvk' | 'consumes' | 'produces'> &
      Partial<Operation> & { readonly suffix?: string; readonly infix?: string; readonly allNamespaces?: boolean },
  ): Operation {
    const { suffix = '', infix = '', allNamespaces = false, ...facts } = rest;
    const { group, version, kind, scope } = this.#row;
    const where = scope === 'Namespaced' && !allNamespaces ? 'Namespaced' : '';
    const sub = this.#sub === undefined ? '' : capitalise(this.#sub.name);
    return {
      method,
      id: `${verb}${idOfGroup(group)}${capitalise(version)}${infix}${where}${kind}${sub}${suffix}`,
      tag: tagOf(group, version),
      description: `${facts.action} ${this.#sub === undefined ? '' : `${this.#sub.name} of `}${kind}`,
      gvk: this.#gvk,
      consumes: anything,
      produces: encodings,
      ...facts,
    };
  }

  #named(...more: readonly Parameter[]): Parameter[] {
    return [pathName(this.#gvk.kind), ...this.#inNamespace, pretty, ...more];
  }

  #ofCollection(all: boolean, ...more: readonly Parameter[]): Parameter[] {
    return [...(all ? [] : this.#inNamespace), pretty, ...more];
  }

  list(suffix = ''): Operation {
    const all = suffix !== '';
    return this.#make('get', 'list', {
      action: 'list',
      suffix,
      allNamespaces: all,
      parameters: this.#ofCollection(all, ...listParameters),
      produces: listEncodings,
      responses: { 200: `${this.#type}List` },
    });
  }

  create(): Operation {
    const parameters = [body(this.#type, true), ...writeParameters];
    return this.#make('post', 'create', {
      action: 'post',
      parameters: this.#sub === undefined ? this.#ofCollection(false, ...parameters) : this.#named(...parameters),
      responses: { 200: this.#type, 201: this.#type, 202: this.#type },
    });
  }

  deleteCollection(): Operation {
    return this.#make('delete', 'delete', {
      action: 'deletecollection',
      infix: 'Collection',
      parameters: this.#ofCollection(false, body(`${meta}.DeleteOptions`, false), ...deleteCollectionParameters),
      responses: { 200: `${meta}.Status` },
    });
  }

  read(): Operation {
    const isLog = this.#sub?.name === 'log';
    return this.#make('get', 'read', {
      action: 'get',
      parameters: this.#named(...(isLog ? connectParameters['log']! : [])),
      produces: isLog ? ['text/plain', ...encodings] : encodings,
      responses: { 200: isLog ? 'string' : this.#type },
    });
  }

  replace(): Operation {
    return this.#make('put', 'replace', {
      action: 'put',
      parameters: this.#named(body(this.#type, true), ...writeParameters),
      responses: { 200: this.#type, 201: this.#type },
    });
  }

  delete(): Operation {
    const { plural, group } = this.#row;
    const answersObject = answerDeletedObject.has(group === '' ? plural : `${plural}.${group}`);
    const type = answersObject ? this.#type : `${meta}.Status`;
    return this.#make('delete', 'delete', {
      action: 'delete',
      parameters: this.#named(body(`${meta}.DeleteOptions`, false), ...deleteParameters),
      responses: { 200: type, 202: type },
    });
  }

  patch(): Operation {
    return this.#make('patch', 'patch', {
      action: 'patch',
      parameters: this.#named(body(`${meta}.Patch`, true), ...patchParameters),
      consumes: patchTypes,
      responses: { 200: this.#type, 201: this.#type },
    });
  }

  watch(): Operation {
    return this.#make('get', 'watch', {
      action: 'watch',
      parameters: this.#named(...listParameters),
      produces: listEncodings,
      responses: { 200: `${meta}.WatchEvent` },
    });
  }

  watchList(suffix = ''): Operation {
    const all = suffix !== '';
    return this.#make('get', 'watch', {
      action: 'watchlist',
      suffix: `List${suffix}`,
      allNamespaces: all,
      parameters: this.#ofCollection(all, ...listParameters),
      produces: listEncodings,
      responses: { 200: `${meta}.WatchEvent` },
    });
  }

  connect(method: Method, suffix = ''): Operation {
    const rest = suffix === '' ? [] : [pathRest];
    return this.#make(method, 'connect', {
      action: 'connect',
      infix: capitalise(method),
      suffix,
      parameters: [...this.#named(...rest, ...(connectParameters[this.#sub!.name] ?? [])).filter((p) => p !== pretty)],
      produces: anything,
      responses: { 200: 'string' },
    });
  }
}
