import { execProbe } from './exec.ts';
import { grpcProbe } from './grpc.ts';
import { httpGetProbe } from './http-get.ts';
import type { ProbeKind } from './probe-kind.ts';
import { tcpSocketProbe } from './tcp-socket.ts';

export const REGISTRY: readonly ProbeKind[] = [execProbe, httpGetProbe, tcpSocketProbe, grpcProbe];
