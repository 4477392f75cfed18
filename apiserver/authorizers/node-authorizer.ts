import { parseFieldSelector } from '../../api/meta/field-selector.ts';
import type { Attributes, Decision } from './authorizer.ts';
import type { AuthorizerChain, AuthorizerDeps } from './authorizer-chain.ts';
import { createNodeGraph, type NodeGraph, type RelatedKind } from './node-graph.ts';
import { nodeIdentity } from './node-identity.ts';
import { clusterRoleTable } from './rbac-bootstrap/cluster-roles.ts';
import { ruleAllows } from './rbac-rules.ts';

const namespaceNodeLease = 'kube-node-lease';
const allow: Decision = { kind: 'allow', reason: '' };
const no = (reason: string): Decision => ({ kind: 'noOpinion', reason });

/**
 * What a kubelet may do: its own node, lease and CSINode, the pods bound to it and what these refer to; the rest as the
 * rules of `system:node` say. Has no opinion on anybody else. What a request changes is the NodeRestriction plugin's.
 */
export function createNodeAuthorizer(deps: AuthorizerDeps): AuthorizerChain {
  const graph = createNodeGraph(deps.cache);
  const staticRules = clusterRoleTable.find((role) => role.name === 'system:node')!.rules;
  return {
    name: 'Node',
    authorize: (attributes) => {
      const node = nodeIdentity(attributes.user);
      if (!node) return no('');
      if (!node.nodeName) return no(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
      const narrow = attributes.isResource ? narrowed[`${attributes.group}/${attributes.resource}`] : undefined;
      if (narrow) return narrow({ attributes, nodeName: node.nodeName, graph });
      return staticRules.some((rule) => ruleAllows(rule, attributes)) ? allow : no('');
    },
    rulesFor: (user) => {
      const none = { resourceRules: [], nonResourceRules: [] };
      if (!nodeIdentity(user)) return { ...none, incomplete: false };
      return { ...none, incomplete: true, evaluationError: 'node authorizer does not support user rule resolution' };
    },
  };
}

interface Question {
  readonly attributes: Attributes;
  readonly nodeName: string;
  readonly graph: NodeGraph;
}

/** Resources of which a kubelet may use only some objects. */
const narrowed: Readonly<Record<string, (question: Question) => Decision>> = {
  '/secrets': (q) => readNamespaced(q, 'secret'),
  '/configmaps': (q) => readNamespaced(q, 'configMap'),
  '/persistentvolumeclaims': (q) =>
    q.attributes.subresource === 'status' ? updateStatus(q, 'claim') : getOne(q, 'claim'),
  '/persistentvolumes': (q) => getOne(q, 'persistentVolume'),
  'resource.k8s.io/resourceclaims': (q) => getOne(q, 'resourceClaim'),
  'storage.k8s.io/volumeattachments': (q) => getOne(q, 'volumeAttachment'),
  '/serviceaccounts': serviceAccount,
  'coordination.k8s.io/leases': lease,
  'storage.k8s.io/csinodes': csiNode,
  'resource.k8s.io/resourceslices': resourceSlice,
  '/nodes': ownNode,
  '/pods': ownPods,
};

function related({ attributes, nodeName, graph }: Question, kind: RelatedKind): Decision {
  if (!attributes.name) return no('No Object name found');
  return graph.related(nodeName, kind, attributes)
    ? allow
    : no(`no relationship found between node '${nodeName}' and this object`);
}

function readNamespaced(question: Question, kind: RelatedKind): Decision {
  const { verb, subresource, namespace } = question.attributes;
  if (!['get', 'list', 'watch'].includes(verb)) return no('can only read resources of this type');
  if (subresource) return no('cannot read subresource');
  if (!namespace) return no('can only read namespaced object of this type');
  return related(question, kind);
}

function getOne(question: Question, kind: RelatedKind): Decision {
  if (question.attributes.verb !== 'get') return no('can only get individual resources of this type');
  if (question.attributes.subresource) return no('cannot get subresource');
  return related(question, kind);
}

function updateStatus(question: Question, kind: RelatedKind): Decision {
  if (!['update', 'patch'].includes(question.attributes.verb)) return no('can only get/update/patch this type');
  return related(question, kind);
}

function serviceAccount(question: Question): Decision {
  const { verb, subresource, name } = question.attributes;
  if (verb === 'get' && !subresource) return related(question, 'serviceAccount');
  if (verb !== 'create' || !name) return no('can only create tokens for individual service accounts');
  if (subresource !== 'token') return no('can only create token subresource of serviceaccount');
  return related(question, 'serviceAccount');
}

const ownVerbs = ['get', 'create', 'update', 'patch', 'delete'];

function lease({ attributes: { verb, namespace, name }, nodeName }: Question): Decision {
  if (!ownVerbs.includes(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (namespace !== namespaceNodeLease) {
    return no(`can only access leases in the ${JSON.stringify(namespaceNodeLease)} system namespace`);
  }
  // A create does not say its name here; admission looks.
  if (verb !== 'create' && name !== nodeName) {
    return no('can only access node lease with the same name as the requesting node');
  }
  return allow;
}

function csiNode({ attributes: { verb, subresource, name }, nodeName }: Question): Decision {
  if (!ownVerbs.includes(verb)) return no('can only get, create, update, patch, or delete a CSINode');
  if (subresource) return no('cannot authorize CSINode subresources');
  if (verb !== 'create' && name !== nodeName) {
    return no('can only access CSINode with the same name as the requesting node');
  }
  return allow;
}

function resourceSlice(question: Question): Decision {
  const { attributes, nodeName } = question;
  if (attributes.subresource) return no('cannot authorize ResourceSlice subresources');
  switch (attributes.verb) {
    case 'create':
      return allow;
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related(question, 'resourceSlice');
    case 'list':
    case 'watch':
    case 'deletecollection':
      return selects(attributes, 'spec.nodeName', nodeName)
        ? allow
        : no('can only list/watch/deletecollection resourceslices with nodeName field selector');
    default:
      return no(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      );
  }
}

function ownNode({ attributes: { verb, subresource, name }, nodeName }: Question): Decision {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : no('');
  if (subresource) return no('');
  switch (verb) {
    case 'create':
    case 'update':
    case 'patch':
      return allow;
    case 'get':
    case 'list':
    case 'watch':
      if (name === nodeName) return allow;
      return name
        ? no(`node '${nodeName}' cannot read '${name}', only its own Node object`)
        : no(`node '${nodeName}' cannot read all nodes, only its own Node object`);
    default:
      return no('');
  }
}

function ownPods(question: Question): Decision {
  const { attributes, nodeName } = question;
  const { verb, subresource } = attributes;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : no('');
  if (subresource === 'eviction') return verb === 'create' ? allow : no('');
  if (subresource) return no('');
  switch (verb) {
    case 'get':
      return related(question, 'pod');
    case 'list':
    case 'watch':
      if (selects(attributes, 'spec.nodeName', nodeName)) return allow;
      return attributes.name
        ? related(question, 'pod')
        : no('can only list/watch pods with spec.nodeName field selector');
    case 'create':
    case 'delete':
      return allow;
    default:
      return no('');
  }
}

/** Does the field selector require `field` to be `value`? */
function selects({ fieldSelector = '' }: Attributes, field: string, value: string): boolean {
  if (!fieldSelector) return false;
  try {
    return parseFieldSelector(fieldSelector).requiredValue(field) === value;
  } catch {
    return false; // what cannot be read requires nothing
  }
}
