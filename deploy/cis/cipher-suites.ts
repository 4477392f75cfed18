import { fail, pass, setFlag, warn, type CisVerdict } from './cis-check.ts';
import { strongSuites } from '../cipher-suites.ts';
import type { ComponentName } from '../cluster-config.ts';

/** Key exchange with forward secrecy and authenticated encryption, or TLS 1.3. */
const strong =
  /^TLS_(ECDHE_(ECDSA|RSA)_WITH_(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305(_SHA256)?)|AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305_SHA256)$/;

/** The verdict on `--tls-cipher-suites`. */
export function weakSuites(suites: string | undefined, component: ComponentName): CisVerdict {
  const remedy = setFlag(component, `tls-cipher-suites=${strongSuites.join(',')}`);
  if (!suites) return warn('--tls-cipher-suites is not given: TLS 1.2 is offered with the default suites', remedy);
  const weak = suites.split(',').filter((suite) => !strong.test(suite));
  return weak.length > 0
    ? fail(`weak suites: ${weak.join(', ')}`, remedy)
    : pass('every suite has forward secrecy and authenticated encryption');
}
