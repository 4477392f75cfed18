import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';

/** A key service as `k8s.io/kms` v2 describes it, on a Unix socket. It hides what it is given by turning the bits over. */
export interface TestKms {
  readonly endpoint: string;
  /** The key that encrypts from now on. */
  keyId: string;
  healthz: string;
  readonly calls: string[];
  stop(): Promise<void>;
}

const { root } = protobuf.parse(`
  syntax = "proto3";
  message StatusRequest {}
  message StatusResponse { string version = 1; string healthz = 2; string key_id = 3; }
  message DecryptRequest { bytes ciphertext = 1; string uid = 2; string key_id = 3; map<string, bytes> annotations = 4; }
  message DecryptResponse { bytes plaintext = 1; }
  message EncryptRequest { bytes plaintext = 1; string uid = 2; }
  message EncryptResponse { bytes ciphertext = 1; string key_id = 2; map<string, bytes> annotations = 3; }
`);

type Answer = { readonly [field: string]: unknown };

/** Listens in a folder of its own, which `stop` removes. */
export async function startKms(): Promise<TestKms> {
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-kms-'));
  const socket = join(folder, 'kms.sock');
  const turned = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xff);
  const answers: Readonly<Record<string, (request: Record<string, unknown>) => Answer>> = {
    Status: () => ({ version: 'v2', healthz: kms.healthz, keyId: kms.keyId }),
    Encrypt: ({ plaintext }) => ({
      ciphertext: turned(plaintext as Uint8Array),
      keyId: kms.keyId,
      annotations: { 'made.by': Buffer.from(kms.keyId) },
    }),
    Decrypt: ({ ciphertext, keyId, annotations }) => {
      const { 'made.by': maker } = annotations as Record<string, Uint8Array>;
      if (Buffer.from(maker ?? []).toString() !== keyId) throw new Error("the annotations are not the key's");
      return { plaintext: turned(ciphertext as Uint8Array) };
    },
  };
  const server = new Server();
  server.addService(
    Object.fromEntries(
      Object.keys(answers).map((method) => {
        const [ask, answer] = [root.lookupType(`${method}Request`), root.lookupType(`${method}Response`)];
        return [
          method,
          {
            path: `/v2.KeyManagementService/${method}`,
            requestStream: false,
            responseStream: false,
            requestSerialize: (message: object) => Buffer.from(ask.encode(message).finish()),
            requestDeserialize: (bytes: Buffer) => ask.decode(bytes),
            responseSerialize: (message: object) => Buffer.from(answer.encode(answer.fromObject(message)).finish()),
            responseDeserialize: (bytes: Buffer) => answer.decode(bytes),
          },
        ];
      }),
    ),
    Object.fromEntries(
      Object.entries(answers).map(([method, answer]) => [
        method,
        (call: ServerUnaryCall<Record<string, unknown>, Answer>, respond: sendUnaryData<Answer>) => {
          kms.calls.push(method);
          try {
            respond(null, answer(call.request));
          } catch (error) {
            respond({ code: status.INVALID_ARGUMENT, details: (error as Error).message });
          }
        },
      ]),
    ),
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  const kms: TestKms = {
    endpoint: `unix://${socket}`,
    keyId: 'key-1',
    healthz: 'ok',
    calls: [],
    stop: async () => {
      server.forceShutdown();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return kms;
}
