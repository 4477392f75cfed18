import { badRequest } from '../../api/meta/errors.ts';
import { createUser, groupMasters, type User } from '../authenticators/authenticator.ts';
import { extraOf, valuesOf } from '../authenticators/request-header-authenticator.ts';
import type { Attributes, Authorizer } from '../authorizers/authorizer.ts';
import { forbiddenError } from '../authorizers/forbidden-error.ts';
import type { ApiRequest } from '../request.ts';
import { isNameAlone, legacyWay, ways, type Step, type Way } from './impersonation-ways.ts';

const headerPrefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';
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
 * Impersonation in its two forms, as KEP-5284 has them. An asker's last successful way is tried first; the first refusal
 * is the one told. Who may do anything goes the legacy way, which alone allows all of it. Rejects with ApiError Forbidden,
 * or BadRequest where headers say anything but a user name.
 */
export function createImpersonation(authorizer: Authorizer): Impersonation {
  const lastWay = new Map<string, Way>();
  return (request, asker, attributes) => {
    const wanted = wantedUser(request.headers);
    return wanted ? impersonate(wanted, asker, attributes()) : asker;
  };

  async function impersonate(wanted: User, asker: User, attributes: Attributes): Promise<User> {
    const first = asker.groups.includes(groupMasters) ? legacyWay : lastWay.get(asker.name);
    let refusal: Error | undefined;
    for (const way of first ? [first, ...ways.filter((other) => other !== first)] : ways) {
      const steps = way.steps(wanted, asker, attributes);
      if (!steps) continue;
      const refused = await firstRefusal(authorizer, steps);
      if (!refused) {
        if (lastWay.size >= maxRemembered) lastWay.delete(lastWay.keys().next().value!);
        lastWay.set(asker.name, way);
        return way.become(wanted);
      }
      refusal ??= refused;
    }
    throw refusal!;
  }
}

async function firstRefusal(authorizer: Authorizer, steps: readonly Step[]): Promise<Error | undefined> {
  for (const { asked, atOnce, refused } of steps) {
    if (refused) return forbiddenError(refused.attributes, refused);
    if (atOnce && (await authorizer.authorize(atOnce)).kind === 'allow') continue;
    for (const question of asked) {
      const decision = await authorizer.authorize(question);
      if (decision.kind !== 'allow') return forbiddenError(question, decision);
    }
  }
  return undefined;
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
