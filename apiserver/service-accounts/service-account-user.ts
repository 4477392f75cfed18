import { createUser, type User } from '../authenticators/authenticator.ts';

const prefix = 'system:serviceaccount:';
const groupServiceAccounts = 'system:serviceaccounts';

/** `system:serviceaccount:NAMESPACE:NAME`. */
export function serviceAccountUserName(namespace: string, name: string): string {
  return `${prefix}${namespace}:${name}`;
}

/** The account a user name stands for, or undefined where it is no service account's. */
export function parseServiceAccountUserName(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(prefix)) return undefined;
  const [namespace, name, ...rest] = userName.slice(prefix.length).split(':');
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined;
}

/** The groups of every service account of a namespace. */
export function serviceAccountGroups(namespace: string): string[] {
  return [groupServiceAccounts, `${groupServiceAccounts}:${namespace}`];
}

/** The user a service account is. */
export function serviceAccountUser(
  account: { readonly namespace: string; readonly name: string; readonly uid: string },
  extra: User['extra'] = {},
): User {
  const { namespace, name, uid } = account;
  return createUser({
    name: serviceAccountUserName(namespace, name),
    uid,
    groups: serviceAccountGroups(namespace),
    extra,
  });
}
