import type { ResourceRow, SubresourceFacts } from '../../api/resources/define-resource.ts';
import { mediaTypes } from '../server/formats.ts';
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

/** Finds the schema of a kind; custom resources have one of their own making. */
export type TypeOfKind = (gvk: Gvk) => string;

export const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const anything = ['*/*'];
export const encodings = Object.values<string>(mediaTypes);
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

/** `CoreV1`, `RbacAuthorizationV1`: the middle of an operation id. */
export function idOfGroup(group: string): string {
  if (group === '') return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capitalise)
    .join('');
}

/** The first letter alone is changed: `v1beta1` becomes `V1beta1`. */
export const capitalise = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
/** What operations are grouped by: `core_v1`, `rbacAuthorization_v1`; `apps` for the group's own document. */
export const tagOf = (group: string, version?: string): string => {
  const name = idOfGroup(group);
  const tag = name.slice(0, 1).toLowerCase() + name.slice(1);
  return version === undefined ? tag : `${tag}_${version}`;
};

/** Makes the operations of one resource, or of one of its subresources. */
export class OperationMaker {
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
