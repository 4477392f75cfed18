import { iptablesBackend } from './iptables-backend/iptables-backend.ts';
import type { BackendEntry } from './proxy-backend.ts';
import { userspaceBackend } from './userspace-backend/userspace-backend.ts';

/** In the order of preference: the first that works on the host is taken where `--proxy-mode` says nothing. */
export const backends = [iptablesBackend, userspaceBackend] as const satisfies readonly BackendEntry[];
