import type { UserInfo } from '../../api/schema/generated/authentication-v1.ts';
import type { User } from '../authenticators/authenticator.ts';

/** A user as the API writes it: what is empty is left out. */
export function userInfo({ name, uid, groups, extra }: User): UserInfo {
  return {
    ...(name ? { username: name } : {}),
    ...(uid ? { uid } : {}),
    ...(groups.length ? { groups: [...groups] } : {}),
    ...(Object.keys(extra).length
      ? { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }
      : {}),
  };
}
