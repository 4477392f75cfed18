import http2 from 'node:http2';
import { actionPort } from '../lifecycle/http-action.ts';
import type { ProbeKind } from './probe-kind.ts';

/** `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
const serving = 1;
const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const unimplemented = '12';

/** The gRPC health protocol, without TLS; SERVING is success. */
export const grpcProbe: ProbeKind = {
  name: 'grpc',
  supports: (probe) => probe.grpc !== undefined,
  ask: async (probe, { container, podIp }, signal) => {
    const { port, service = '' } = probe.grpc!;
    const host = podIp.includes(':') ? `[${podIp}]` : podIp;
    const address = `${host}:${actionPort(container, port)}`;
    try {
      const { grpcStatus, message, body } = await call(`http://${address}`, encodeRequest(service), signal);
      if (grpcStatus === unimplemented) {
        return {
          isSuccess: false,
          output: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)',
        };
      }
      if (grpcStatus !== '0') {
        return {
          isSuccess: false,
          output: `error: health rpc failed: rpc error: code = ${grpcStatus} desc = ${message}`,
        };
      }
      const status = decodeResponse(body);
      return {
        isSuccess: status === serving,
        output: `service unhealthy (responded with "${statusNames[status] ?? status}")`,
      };
    } catch (error) {
      const output = signal.aborted
        ? `timeout: failed to connect service "${address}" within ${probe.timeoutSeconds ?? 1}s: context deadline exceeded`
        : `error: failed to connect service at "${address}": ${(error as Error).message}`;
      return { isSuccess: false, output };
    }
  },
};

function call(
  origin: string,
  message: Buffer,
  signal: AbortSignal,
): Promise<{ grpcStatus: string; message: string; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(origin);
    const fail = (error: Error): void => {
      session.destroy();
      reject(error);
    };
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
    session.once('error', fail);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.36',
    });
    const chunks: Buffer[] = [];
    let headers: Record<string, unknown> = {};
    stream.on('response', (got) => (headers = { ...headers, ...got }));
    stream.on('trailers', (got) => (headers = { ...headers, ...got }));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', fail);
    stream.once('end', () => {
      session.close();
      const text = (name: string): string => (typeof headers[name] === 'string' ? headers[name] : '');
      resolve({ grpcStatus: text('grpc-status'), message: text('grpc-message'), body: Buffer.concat(chunks) });
    });
    stream.end(message);
  });
}

/** A gRPC frame around `HealthCheckRequest { string service = 1; }`. */
function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** `HealthCheckResponse { ServingStatus status = 1; }`; absent is 0. */
function decodeResponse(frame: Buffer): number {
  return frame.length >= 7 && frame[5] === 0x08 ? frame[6]! : 0;
}
