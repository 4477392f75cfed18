import { invalidValue } from '../../api/meta/field-error.ts';
import { isDns1123Subdomain, isDomainPrefixedPath } from '../../api/meta/names.ts';
import {
  anonymousUser,
  groupAuthenticated,
  groupMasters,
  groupUnauthenticated,
  type User,
} from '../authenticators/authenticator.ts';
import type { Attributes } from '../authorizers/authorizer.ts';
import { parseServiceAccountUserName, serviceAccountGroups } from '../service-accounts/service-account-user.ts';

const nodePrefix = 'system:node:';
const groupNodes = 'system:nodes';
const nodeNameExtra = 'authentication.kubernetes.io/node-name';
const associatedNodeKeys = 'authentication.kubernetes.io/associated-node-keys';
const authenticationGroup = 'authentication.k8s.io';
/** From this many on, the right to all groups or all extra is asked for first. */
const manyQuestions = 4;

/** What must be allowed before the next step is asked. */
export interface Step {
  readonly asked: readonly Attributes[];
  /** Allowed, it stands for all that is asked. */
  readonly atOnce?: Attributes;
  /** Nobody may. */
  readonly refused?: { readonly attributes: Attributes; readonly reason: string };
}

/** One way of being somebody else. */
export interface Way {
  /** In the order of asking; undefined where the way is not for this user. */
  steps(wanted: User, asker: User, attributes: Attributes): Step[] | undefined;
  /** The user who then acts. */
  become(wanted: User): User;
}

/**
 * The constrained ways of KEP-5284 need the right to be somebody (`impersonate:user-info` and the like) and to do this
 * very thing as somebody else (`impersonate-on:user-info:get`); nobody becomes a master by them.
 */
const constrained: readonly Way[] = [
  constrainedWay('associated-node', (wanted, asker) => {
    const nodeName = nodeNameOf(wanted.name);
    if (nodeName === undefined || !isNameAlone(wanted) || !parseServiceAccountUserName(asker.name)) return undefined;
    const [own, ...others] = asker.extra[nodeNameExtra] ?? [];
    if (own !== nodeName || others.length) return undefined;
    // The same question for every node an account has pods on, so that its answer can be remembered.
    const user = { ...asker, extra: { [associatedNodeKeys]: Object.keys(asker.extra).sort() } };
    return { asker: user, resource: 'nodes', name: '*' };
  }),
  constrainedWay('arbitrary-node', (wanted, asker) => {
    const name = isNameAlone(wanted) ? nodeNameOf(wanted.name) : undefined;
    return name === undefined ? undefined : { asker, resource: 'nodes', name };
  }),
  constrainedWay('serviceaccount', (wanted, asker) => {
    const account = isNameAlone(wanted) ? parseServiceAccountUserName(wanted.name) : undefined;
    return account && { asker, resource: 'serviceaccounts', ...account };
  }),
  constrainedWay('user-info', ({ name }, asker) => {
    if (parseServiceAccountUserName(name) || nodeNameOf(name) !== undefined) return undefined;
    return { asker, resource: 'users', name };
  }),
];

/** The way of old: only the verb `impersonate` is needed, whatever is then done. */
export const legacyWay: Way = {
  steps: (wanted, asker) => {
    const verb = 'impersonate';
    const core = { ...identity(asker, verb, 'users', wanted.name), group: '' };
    const account = parseServiceAccountUserName(wanted.name);
    return [
      { asked: [account ? { ...core, resource: 'serviceaccounts', ...account } : core] },
      { asked: uids(asker, verb, wanted) },
      { asked: groups(asker, verb, wanted).map((question) => ({ ...question, group: '' })) },
      { asked: extras(asker, verb, wanted) },
    ];
  },
  become: withUsualGroups,
};

export const ways: readonly Way[] = [...constrained, legacyWay];

type Identity = Pick<Attributes, 'resource' | 'name'> & { readonly asker: User; readonly namespace?: string };

function constrainedWay(mode: string, identify: (wanted: User, asker: User) => Identity | undefined): Way {
  const verb = `impersonate:${mode}`;
  return {
    steps: (wanted, by, attributes) => {
      const found = identify(wanted, by);
      if (!found) return undefined;
      const { asker, resource, name, namespace = '' } = found;
      return [
        { asked: [{ ...attributes, user: asker, verb: `impersonate-on:${mode}:${attributes.verb}` }] },
        { asked: [{ ...identity(asker, verb, resource, name), namespace }] },
        { asked: uids(asker, verb, wanted) },
        constrainedGroups(asker, verb, wanted),
        constrainedExtra(asker, verb, wanted),
      ];
    },
    become: (wanted) =>
      withUsualGroups(nodeNameOf(wanted.name) === undefined ? wanted : { ...wanted, groups: [groupNodes] }),
  };
}

function constrainedGroups(asker: User, verb: string, wanted: User): Step {
  const asked = groups(asker, verb, wanted);
  const one = (name: string): Attributes => identity(asker, verb, 'groups', name);
  if (wanted.groups.includes('')) {
    return { asked, refused: { attributes: one(''), reason: 'impersonating the empty string group is not allowed' } };
  }
  if (wanted.groups.includes(groupMasters)) {
    const reason = `impersonating the ${groupMasters} group is not allowed`;
    return { asked, refused: { attributes: one(groupMasters), reason } };
  }
  return asked.length < manyQuestions ? { asked } : { asked, atOnce: one('*') };
}

function constrainedExtra(asker: User, verb: string, wanted: User): Step {
  const asked = extras(asker, verb, wanted);
  const reason = wrongExtra(wanted.extra);
  if (reason) return { asked, refused: { attributes: identity(asker, verb, 'userextras', ''), reason } };
  if (asked.length < manyQuestions) return { asked };
  return { asked, atOnce: { ...identity(asker, verb, 'userextras', '*'), subresource: '*' } };
}

function wrongExtra(extra: User['extra']): string | undefined {
  for (const [key, values] of Object.entries(extra)) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    const wrong = isDomainPrefixedPath(key).map((why) => invalidValue('extra.key', key, why).toString());
    if (wrong.length) {
      const text = wrong.length === 1 ? wrong[0]! : `[${wrong.join(', ')}]`;
      return `impersonating an invalid key in extra is not allowed: ${text}`;
    }
    if (!values.length) return 'impersonating empty values in extra is not allowed';
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  }
  return undefined;
}

function groups(asker: User, verb: string, wanted: User): Attributes[] {
  return wanted.groups.map((name) => identity(asker, verb, 'groups', name));
}

function extras(asker: User, verb: string, wanted: User): Attributes[] {
  return Object.entries(wanted.extra).flatMap(([key, values]) =>
    values.map((value) => ({ ...identity(asker, verb, 'userextras', value), subresource: key })),
  );
}

function uids(asker: User, verb: string, wanted: User): Attributes[] {
  return wanted.uid ? [identity(asker, verb, 'uids', wanted.uid)] : [];
}

function identity(asker: User, verb: string, resource: string, name: string): Attributes {
  return {
    user: asker,
    verb,
    path: '',
    isResource: true,
    group: authenticationGroup,
    version: 'v1',
    resource,
    subresource: '',
    namespace: '',
    name,
  };
}

function nodeNameOf(userName: string): string | undefined {
  if (!userName.startsWith(nodePrefix)) return undefined;
  const name = userName.slice(nodePrefix.length);
  return isDns1123Subdomain(name).length ? undefined : name;
}

/** Is nothing but the name of the user asked for? */
export function isNameAlone({ uid, groups, extra }: User): boolean {
  return !uid && !groups.length && !Object.keys(extra).length;
}

function withUsualGroups(wanted: User): User {
  const account = parseServiceAccountUserName(wanted.name);
  const groups = [...(wanted.groups.length || !account ? wanted.groups : serviceAccountGroups(account.namespace))];
  const isSaid = groups.includes(groupAuthenticated) || groups.includes(groupUnauthenticated);
  if (wanted.name === anonymousUser) {
    if (!groups.includes(groupUnauthenticated)) groups.push(groupUnauthenticated);
  } else if (!isSaid) {
    groups.push(groupAuthenticated);
  }
  return { ...wanted, groups };
}
