import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** A key service on this host, as `k8s.io/kms` v2 has it. */
export interface KmsService {
  status(): Promise<{ readonly version: string; readonly healthz: string; readonly keyId: string }>;
  encrypt(plaintext: Uint8Array, uid: string): Promise<KmsCiphertext>;
  decrypt(ciphertext: KmsCiphertext, uid: string): Promise<Buffer>;
  close(): void;
}

export interface KmsCiphertext {
  readonly ciphertext: Uint8Array;
  readonly keyId: string;
  readonly annotations: Readonly<Record<string, Uint8Array>>;
}

const messages = protobuf.parse(`
  syntax = "proto3";
  message StatusRequest {}
  message StatusResponse { string version = 1; string healthz = 2; string key_id = 3; }
  message DecryptRequest { bytes ciphertext = 1; string uid = 2; string key_id = 3; map<string, bytes> annotations = 4; }
  message DecryptResponse { bytes plaintext = 1; }
  message EncryptRequest { bytes plaintext = 1; string uid = 2; }
  message EncryptResponse { bytes ciphertext = 1; string key_id = 2; map<string, bytes> annotations = 3; }
`).root;

/** Speaks gRPC to a Unix socket: `unix:///run/kms.sock`. Connects with the first call. */
export function createKmsService(
  endpoint: string,
  options: { readonly timeoutMs: number; readonly now: () => number },
): KmsService {
  const client = new Client(endpoint.replace(/^unix:\/+/, 'unix:/'), credentials.createInsecure(), {
    'grpc.max_reconnect_backoff_ms': 1000,
  });

  function call(method: string, request: object): Promise<protobuf.Message & Record<string, unknown>> {
    const ask = messages.lookupType(`${method}Request`);
    const answer = messages.lookupType(`${method}Response`);
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/v2.KeyManagementService/${method}`,
        (message: object) => Buffer.from(ask.encode(ask.fromObject(message)).finish()),
        (bytes: Buffer) => answer.decode(bytes) as protobuf.Message & Record<string, unknown>,
        request,
        { deadline: options.now() + options.timeoutMs },
        (error: ServiceError | null, response) => (error ? reject(error) : resolve(response!)),
      );
    });
  }

  return {
    status: async () => {
      const { version, healthz, keyId } = await call('Status', {});
      return { version: String(version), healthz: String(healthz), keyId: String(keyId) };
    },
    encrypt: async (plaintext, uid) => {
      const { ciphertext, keyId, annotations } = await call('Encrypt', { plaintext, uid });
      return {
        ciphertext: ciphertext as Uint8Array,
        keyId: String(keyId),
        annotations: (annotations ?? {}) as Record<string, Uint8Array>,
      };
    },
    decrypt: async ({ ciphertext, keyId, annotations }, uid) => {
      const { plaintext } = await call('Decrypt', { ciphertext, keyId, annotations, uid });
      return Buffer.from(plaintext as Uint8Array);
    },
    close: () => client.close(),
  };
}
