import { admission } from './admission.ts';
import { auditing } from './auditing.ts';
import { authentication } from './authentication.ts';
import { authorization } from './authorization.ts';
import { etcd } from './etcd.ts';
import { generic } from './generic.ts';
import { misc } from './misc.ts';
import { oidc } from './oidc.ts';
import { secureServing } from './secure-serving.ts';

/** Every group of flags, in the order they are checked. */
export const configSections = [
  generic,
  etcd,
  secureServing,
  authentication,
  oidc,
  authorization,
  admission,
  auditing,
  misc,
] as const;
