import { readFileSync } from 'node:fs';
import { createHttpsTransport } from '../../client/https-transport.ts';
import { connectionOf, loadKubeconfig } from '../../client/kubeconfig.ts';
import { createClient } from '../../client/rest-client.ts';
import type { Deps } from '../../component/deps.ts';
import { FlagError } from '../../component/flags.ts';
import { parseYaml } from '../../component/yaml.ts';
import type { ApiServerFlags } from '../config.ts';
import type { AuditBackend } from './audit-event.ts';
import { createAuditPolicy, unknownPolicyFields, validateAuditPolicy, type AuditPolicy } from './audit-policy.ts';
import { createLogBackend } from './log-backend.ts';
import { createAuditor, type Auditor } from './request-audit.ts';
import { createRotatingFile, type RotatingFile } from './rotating-file.ts';
import { createWebhookBackend } from './webhook-backend.ts';

const megabyte = 1024 * 1024;
const dayMs = 24 * 60 * 60 * 1000;
const defaultMaxMegabytes = 100;

export interface OpenAudit {
  readonly auditor: Auditor;
  /** Writes what waits, and lets go of files and connections. */
  close(): Promise<void>;
}

/** What the audit flags ask for; undefined where nothing is to be written, or nowhere. @throws FlagError */
export async function openAudit(values: ApiServerFlags, deps: Deps): Promise<OpenAudit | undefined> {
  if (!values.auditPolicyFile) {
    if (values.auditLogPath || values.auditWebhookConfigFile)
      deps.log.warn('no audit policy file provided, no events will be recorded');
    return undefined;
  }
  const policy = readPolicy(values.auditPolicyFile, deps);
  const backends: AuditBackend[] = [
    ...(values.auditLogPath
      ? [createLogBackend({ file: logFile(values, deps), format: values.auditLogFormat }, deps)]
      : []),
    ...(values.auditWebhookConfigFile ? [await webhook(values.auditWebhookConfigFile, values, deps)] : []),
  ];
  if (backends.length === 0) return undefined;
  return {
    auditor: createAuditor({ policy: createAuditPolicy(policy), backends }, deps),
    close: async () => void (await Promise.all(backends.map((backend) => backend.close()))),
  };
}

function readPolicy(file: string, { log }: Deps): AuditPolicy {
  let document: unknown;
  try {
    document = parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new FlagError(`--audit-policy-file: failed to read file path "${file}": ${(error as Error).message}`);
  }
  const errors = validateAuditPolicy(document);
  if (errors.length > 0) throw new FlagError(`--audit-policy-file: ${file}: ${errors.join('; ')}`);
  const unknown = unknownPolicyFields(document);
  if (unknown.length > 0) log.warn('the audit policy has fields that mean nothing', { file, unknown });
  return document as AuditPolicy;
}

function logFile(values: ApiServerFlags, { clock }: Deps): Pick<RotatingFile, 'append' | 'close'> {
  if (values.auditLogPath === '-') return standardOutput;
  return createRotatingFile(
    {
      path: values.auditLogPath!,
      maxBytes: (values.auditLogMaxsize || defaultMaxMegabytes) * megabyte,
      maxAgeMs: values.auditLogMaxage * dayMs,
      maxBackups: values.auditLogMaxbackup,
      compress: values.auditLogCompress,
    },
    clock,
  );
}

const standardOutput: Pick<RotatingFile, 'append' | 'close'> = {
  append: (text) =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    }),
  close: () => Promise.resolve(),
};

async function webhook(file: string, values: ApiServerFlags, deps: Deps): Promise<AuditBackend> {
  let connection;
  try {
    connection = await connectionOf(await loadKubeconfig({ path: file }), {}, deps);
  } catch (error) {
    throw new FlagError(`--audit-webhook-config-file: ${(error as Error).message}`);
  }
  const transport = createHttpsTransport({ ...connection, deps });
  return createWebhookBackend(
    {
      client: createClient({ transport, userAgent: 'kube-apiserver-admission' }),
      close: () => transport.close(),
      options: {
        bufferSize: values.auditWebhookBatchBufferSize,
        maxBatchSize: values.auditWebhookBatchMaxSize,
        maxBatchWaitMs: values.auditWebhookBatchMaxWait,
        initialBackoffMs: values.auditWebhookInitialBackoff,
      },
    },
    deps,
  );
}
