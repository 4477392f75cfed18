import type { Environment } from '@marcbachmann/cel-js';
import { loadCel } from './load-cel.ts';
import { authorizer, registerLibraries } from './kubernetes-libraries.ts';

const groupVersionKind = { group: 'string', version: 'string', kind: 'string' };
const groupVersionResource = { group: 'string', version: 'string', resource: 'string' };

/** The fields of `request`: those of an AdmissionRequest but its objects. */
const request = {
  kind: groupVersionKind,
  resource: groupVersionResource,
  subResource: 'string',
  requestKind: groupVersionKind,
  requestResource: groupVersionResource,
  requestSubResource: 'string',
  name: 'string',
  namespace: 'string',
  operation: 'string',
  userInfo: { username: 'string', uid: 'string', groups: 'list<string>', extra: 'map<string, list<string>>' },
  dryRun: 'bool',
  options: 'dyn',
};

const namespaceObject = {
  metadata: {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    labels: 'map<string, string>',
    annotations: 'map<string, string>',
    UID: 'string',
    creationTimestamp: 'google.protobuf.Timestamp',
    deletionGracePeriodSeconds: 'int',
    deletionTimestamp: 'google.protobuf.Timestamp',
    generation: 'int',
    resourceVersion: 'string',
    finalizers: 'list<string>',
  },
  spec: { finalizers: 'list<string>' },
  status: { phase: 'string' },
};

/** What an admission expression may use. Variables come with the types that `compileExpression` found. */
export function admissionEnvironment(options: {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}): Environment {
  const environment = newEnvironment()
    .registerVariable('object', 'dyn')
    .registerVariable('oldObject', 'dyn')
    .registerVariable({ name: 'request', schema: request })
    .registerVariable({ name: 'namespaceObject', schema: namespaceObject });
  const variables = Object.entries(options.variables ?? {}).map(([name, type]) => [name, libraryTypeName(type)]);
  environment.registerVariable({ name: 'variables', schema: Object.fromEntries(variables) as Record<string, string> });
  if (options.hasParams) environment.registerVariable('params', 'dyn');
  if (options.hasAuthorizer) environment.registerVariable('authorizer', authorizer);
  return environment;
}

/** What the selector of a device may use: the device, its attributes and capacities by driver domain. */
export function deviceEnvironment(): Environment {
  return newEnvironment().registerVariable({
    name: 'device',
    schema: {
      driver: 'string',
      attributes: 'map<string, map<string, dyn>>',
      capacity: 'map<string, map<string, kubernetes.Quantity>>',
      allowMultipleAllocations: 'bool',
    },
  });
}

/** What the mapping of a JSON web token to a user may use: the claims of the token. */
export function claimsEnvironment(): Environment {
  return newEnvironment().registerVariable('claims', 'map<string, dyn>');
}

/** What a rule for users may use: the user that the token was mapped to. */
export function userEnvironment(): Environment {
  return newEnvironment().registerVariable({ name: 'user', schema: request.userInfo });
}

const selectorAttributes = { requirements: 'list<dyn>' };

/** What tells whether a webhook is asked about access: the spec of a SubjectAccessReview. */
export function accessReviewEnvironment(): Environment {
  return newEnvironment().registerVariable({
    name: 'request',
    schema: {
      resourceAttributes: {
        namespace: 'string',
        verb: 'string',
        group: 'string',
        version: 'string',
        resource: 'string',
        subresource: 'string',
        name: 'string',
        fieldSelector: selectorAttributes,
        labelSelector: selectorAttributes,
      },
      nonResourceAttributes: { path: 'string', verb: 'string' },
      user: 'string',
      groups: 'list<string>',
      extra: 'map<string, list<string>>',
      uid: 'string',
    },
  });
}

function newEnvironment(): Environment {
  const { Environment: CelEnvironment } = loadCel();
  return registerLibraries(new CelEnvironment({ enableOptionalTypes: true }));
}

/** `list(string)` as the library writes it; what it cannot name is only known when it runs. */
function libraryTypeName(type: string): string {
  const name = type.replaceAll('optional_type(', 'optional(').replaceAll('(', '<').replaceAll(')', '>');
  return /^(?:int|uint|double|string|bool|bytes|null_type|type|list|map|optional|google\.protobuf\.\w+|dyn|[<>, ])+$/.test(
    name,
  )
    ? name.replaceAll('null_type', 'null')
    : 'dyn';
}
