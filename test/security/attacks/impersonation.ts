import { forbidden, type Attack } from './attack.ts';

const secrets = '/api/v1/namespaces/other/secrets';
/** Where nobody is asked whether the request itself is allowed. */
const undecided = (verb = 'list'): { readonly verb: string } => ({ verb });

export const impersonation: readonly Attack[] = [
  { name: 'a pod as the administrator', as: 'pod', path: secrets, headers: { 'impersonate-user': 'admin' }, expect: forbidden(/User "system:serviceaccount:team:app" cannot impersonate/), audit: undecided() },
  { name: 'a pod as itself, of the administrators', as: 'pod', path: secrets, headers: { 'impersonate-user': 'system:serviceaccount:team:app', 'impersonate-group': 'system:masters' }, expect: forbidden(), audit: undecided() },
  { name: 'a pod with another uid', as: 'pod', path: secrets, headers: { 'impersonate-user': 'eve', 'impersonate-uid': '0' }, expect: forbidden(), audit: undecided() },
  { name: 'a pod with other extras', as: 'pod', path: secrets, headers: { 'impersonate-user': 'eve', 'impersonate-extra-authentication.kubernetes.io%2fnode-name': 'node-b' }, expect: forbidden(), audit: undecided() },
  { name: 'a pod as a controller', as: 'pod', path: secrets, headers: { 'impersonate-user': 'system:serviceaccount:kube-system:generic-garbage-collector' }, expect: forbidden(), audit: undecided() },
  { name: 'a pod as its node', as: 'pod', path: secrets, headers: { 'impersonate-user': 'system:node:node-a' }, expect: forbidden(), audit: undecided() },
  { name: 'a pod of a group without a name', as: 'pod', path: secrets, headers: { 'impersonate-group': 'system:masters' }, expect: { status: 400, reason: 'BadRequest', message: /without impersonating a user name/ }, audit: undecided() },
  { name: 'a pod with an empty name and a group', as: 'pod', path: secrets, headers: { 'impersonate-user': '', 'impersonate-group': 'system:masters' }, expect: { status: 400, reason: 'BadRequest', message: /without impersonating a user name/ }, audit: undecided() },
  { name: 'anonymous callers as the administrator', as: 'anonymous', path: secrets, headers: { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' }, expect: forbidden(/User "system:anonymous" cannot impersonate/), audit: undecided() },
  { name: 'an admin as an account of another namespace', as: 'admin of team', path: secrets, headers: { 'impersonate-user': 'system:serviceaccount:other:boss' }, expect: forbidden(), audit: undecided() },
  { name: 'an admin as an account of theirs, of the administrators', as: 'admin of team', path: secrets, headers: { 'impersonate-user': 'system:serviceaccount:team:app', 'impersonate-group': 'system:masters' }, expect: forbidden(), audit: undecided() },
  { name: 'an admin as an account of theirs has its rights, not more', as: 'admin of team', path: secrets, headers: { 'impersonate-user': 'system:serviceaccount:team:app' }, expect: forbidden(/User "system:serviceaccount:team:app" cannot list resource "secrets"/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'an admin as an account by its second name', as: 'admin of team', path: secrets, headers: { 'impersonate-user': ['system:serviceaccount:team:app', 'admin'] }, expect: forbidden(/User "system:serviceaccount:team:app" cannot list/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'a node as the pod’s account', as: 'node-a', path: secrets, headers: { 'impersonate-user': 'system:serviceaccount:team:app' }, expect: forbidden(), audit: undecided() },
  { name: 'a node as another', as: 'node-a', path: secrets, headers: { 'impersonate-user': 'system:node:node-b', 'impersonate-group': 'system:nodes' }, expect: forbidden(), audit: undecided() },
]; // prettier-ignore
