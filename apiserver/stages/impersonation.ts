import { badRequest } from '../../api/meta/errors.ts';
import {
  anonymousUser,
  createUser,
  groupAuthenticated,
  groupUnauthenticated,
  type User,
} from '../authenticators/authenticator.ts';
import { extraOf, valuesOf } from '../authenticators/request-header-authenticator.ts';
import type { Attributes, Authorizer } from '../authorizers/authorizer.ts';
import { forbiddenError } from '../authorizers/forbidden-error.ts';
import type { ApiRequest } from '../request.ts';
import { parseServiceAccountUserName, serviceAccountGroups } from '../service-accounts/service-account-user.ts';

const headerPrefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';
const nodePrefix = 'system:node:';
const nodeNameExtra = 'authentication.kubernetes.io/node-name';
/** Askers whose last way is remembered. */
const maxRemembered = 1024;

/** Answers who acts: the user that `Impersonate-*` headers name, where the asker may, else the asker. */
export type Impersonation = (
  request: Pick<ApiRequest, 'headers'>,
  asker: User,
  /** What the request asks for, as made by the asker. */
  attributes: () => Attributes,
) => User | Promise<User>;

/**
 * Impersonation in its two forms. The constrained one needs the right to be somebody (`impersonate:user-info` and the
 * like) and to do this very thing as somebody else (`impersonate-on:user-info:get`); the legacy one only the verb
 * `impersonate`. An asker's last successful way is tried first; the first refusal is the one told. Rejects with ApiError
 * Forbidden, or BadRequest where headers say anything but a user name.
 */
export function createImpersonation(authorizer: Authorizer): Impersonation {
  const lastWay = new Map<string, Way>();
  return (request, asker, attributes) => {
    const wanted = wantedUser(request.headers);
    return wanted ? impersonate(wanted, asker, attributes()) : asker;
  };

  async function impersonate(wanted: User, asker: User, attributes: Attributes): Promise<User> {
    const remembered = JSON.stringify([asker.name, asker.uid, asker.groups, asker.extra]);
    const first = lastWay.get(remembered);
    let refusal: Error | undefined;
    for (const way of first ? [first, ...ways.filter((other) => other !== first)] : ways) {
      const questions = way(wanted, asker, attributes);
      if (!questions) continue;
      const refused = await firstRefusal(authorizer, questions);
      if (!refused) {
        if (lastWay.size >= maxRemembered) lastWay.delete(lastWay.keys().next().value!);
        lastWay.set(remembered, way);
        return withUsualGroups(wanted);
      }
      refusal ??= refused;
    }
    throw refusal!;
  }
}

async function firstRefusal(authorizer: Authorizer, questions: readonly Attributes[]): Promise<Error | undefined> {
  for (const question of questions) {
    const decision = await authorizer.authorize(question);
    if (decision.kind !== 'allow') return forbiddenError(question, decision);
  }
  return undefined;
}

/** What must be allowed, in the order it is asked; undefined where the way is not for this user. */
type Way = (wanted: User, asker: User, attributes: Attributes) => Attributes[] | undefined;

const ways: readonly Way[] = [
  function associatedNode(wanted, asker, attributes) {
    const nodeName = nodeNameOf(wanted);
    if (nodeName === undefined || asker.extra[nodeNameExtra]?.[0] !== nodeName) return undefined;
    if (!parseServiceAccountUserName(asker.name)) return undefined;
    return [onRequest('associated-node', attributes), identity(asker, 'impersonate:associated-node', 'nodes', '*')];
  },
  function arbitraryNode(wanted, asker, attributes) {
    const nodeName = nodeNameOf(wanted);
    if (nodeName === undefined) return undefined;
    return [onRequest('arbitrary-node', attributes), identity(asker, 'impersonate:arbitrary-node', 'nodes', nodeName)];
  },
  function serviceAccount(wanted, asker, attributes) {
    const account = parseServiceAccountUserName(wanted.name);
    if (!account || !isNameAlone(wanted)) return undefined;
    const asked = identity(asker, 'impersonate:serviceaccount', 'serviceaccounts', account.name);
    return [onRequest('serviceaccount', attributes), { ...asked, namespace: account.namespace }];
  },
  function userInfo(wanted, asker, attributes) {
    if (parseServiceAccountUserName(wanted.name) || wanted.name.startsWith(nodePrefix)) return undefined;
    const verb = 'impersonate:user-info';
    return [
      onRequest('user-info', attributes),
      identity(asker, verb, 'users', wanted.name),
      ...identityParts(asker, verb, authenticationGroup, wanted),
    ];
  },
  function legacy(wanted, asker) {
    const account = parseServiceAccountUserName(wanted.name);
    const core = { ...identity(asker, 'impersonate', 'users', wanted.name), group: '' };
    const who = account ? { ...core, resource: 'serviceaccounts', ...account } : core;
    return [who, ...identityParts(asker, 'impersonate', '', wanted)];
  },
];

const authenticationGroup = 'authentication.k8s.io';

function onRequest(mode: string, attributes: Attributes): Attributes {
  return { ...attributes, verb: `impersonate-on:${mode}:${attributes.verb}` };
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

/** Groups, extra and uid; groups stood in the core group before there was one for them. */
function identityParts(asker: User, verb: string, groupOfGroups: string, wanted: User): Attributes[] {
  return [
    ...wanted.groups.map((name) => ({ ...identity(asker, verb, 'groups', name), group: groupOfGroups })),
    ...Object.entries(wanted.extra).flatMap(([key, values]) =>
      values.map((value) => ({ ...identity(asker, verb, 'userextras', value), subresource: key })),
    ),
    ...(wanted.uid ? [identity(asker, verb, 'uids', wanted.uid)] : []),
  ];
}

function nodeNameOf(wanted: User): string | undefined {
  if (!wanted.name.startsWith(nodePrefix) || !isNameAlone(wanted)) return undefined;
  return wanted.name.slice(nodePrefix.length);
}

function isNameAlone({ uid, groups, extra }: User): boolean {
  return !uid && !groups.length && !Object.keys(extra).length;
}

/** The user the headers name, with just the groups they name; undefined where they say nothing. */
function wantedUser(headers: ApiRequest['headers']): User | undefined {
  let isAsked = false;
  for (const header in headers) isAsked ||= header.startsWith(headerPrefix);
  if (!isAsked) return undefined;
  const wanted = createUser({
    name: valuesOf(headers, 'impersonate-user')[0] ?? '',
    uid: valuesOf(headers, 'impersonate-uid')[0] ?? '',
    groups: valuesOf(headers, 'impersonate-group'),
    extra: extraOf(headers, [extraPrefix]),
  });
  if (wanted.name) return wanted;
  if (isNameAlone(wanted)) return undefined;
  throw badRequest(`requested ${describe(wanted)} without impersonating a user name`);
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

/** The user as upstream prints it (Go's `%#v`). */
function describe({ name, uid, groups, extra }: User): string {
  const list = (items: readonly string[]): string =>
    items.length ? `[]string{${items.map((item) => JSON.stringify(item)).join(', ')}}` : '[]string(nil)';
  const keys = Object.keys(extra).sort();
  const extraText = keys.length
    ? `map[string][]string{${keys.map((key) => `${JSON.stringify(key)}:${list(extra[key]!)}`).join(', ')}}`
    : 'map[string][]string(nil)';
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${list(groups)}, Extra:${extraText}}`;
}
