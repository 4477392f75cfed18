import type { Attack } from './attack.ts';
import { certificates } from './certificates.ts';
import { escalation } from './escalation.ts';
import { impersonation } from './impersonation.ts';
import { nodes } from './nodes.ts';
import { paths } from './paths.ts';
import { pods } from './pods.ts';
import { proxies } from './proxies.ts';
import { reads } from './reads.ts';
import { tampering } from './tampering.ts';
import { texts } from './texts.ts';
import { tokens } from './tokens.ts';

/** Every kind of attempt. */
export const attacks: readonly { readonly name: string; readonly attacks: readonly Attack[] }[] = [
  { name: 'reading what is not theirs', attacks: reads },
  { name: 'more rights than they have', attacks: escalation },
  { name: 'being somebody else', attacks: impersonation },
  { name: 'a kubelet out of bounds', attacks: nodes },
  { name: 'certificates that prove nothing', attacks: certificates },
  { name: 'tokens that prove nothing', attacks: tokens },
  { name: 'odd paths, methods and headers', attacks: paths },
  { name: 'pods that reach for the host', attacks: pods },
  { name: 'the API server as a way in', attacks: proxies },
  { name: 'writing what others decide', attacks: tampering },
  { name: 'texts that take for ever to read', attacks: texts },
];
