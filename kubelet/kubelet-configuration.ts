import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import type { Ajv as AjvClass } from 'ajv';
import { parseYaml } from '../component/yaml.ts';
import { FlagError } from '../component/flags.ts';

/** Kinds of fields of a KubeletConfiguration and the flags they set. */
type Field = {
  readonly flag: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'duration' | 'path' | 'strings' | 'map' | 'thresholds';
};

const fields: Readonly<Record<string, Field>> = {
  address: { flag: 'address', type: 'string' },
  port: { flag: 'port', type: 'integer' },
  healthzBindAddress: { flag: 'healthz-bind-address', type: 'string' },
  healthzPort: { flag: 'healthz-port', type: 'integer' },
  rotateCertificates: { flag: 'rotate-certificates', type: 'boolean' },
  tlsCertFile: { flag: 'tls-cert-file', type: 'path' },
  tlsPrivateKeyFile: { flag: 'tls-private-key-file', type: 'path' },
  tlsCipherSuites: { flag: 'tls-cipher-suites', type: 'strings' },
  tlsMinVersion: { flag: 'tls-min-version', type: 'string' },
  'authentication.x509.clientCAFile': { flag: 'client-ca-file', type: 'path' },
  'authentication.anonymous.enabled': { flag: 'anonymous-auth', type: 'boolean' },
  'authentication.webhook.enabled': { flag: 'authentication-token-webhook', type: 'boolean' },
  'authentication.webhook.cacheTTL': { flag: 'authentication-token-webhook-cache-ttl', type: 'duration' },
  'authorization.mode': { flag: 'authorization-mode', type: 'string' },
  registerNode: { flag: 'register-node', type: 'boolean' },
  providerID: { flag: 'provider-id', type: 'string' },
  maxPods: { flag: 'max-pods', type: 'integer' },
  nodeStatusUpdateFrequency: { flag: 'node-status-update-frequency', type: 'duration' },
  nodeStatusReportFrequency: { flag: 'node-status-report-frequency', type: 'duration' },
  nodeLeaseDurationSeconds: { flag: 'node-lease-duration-seconds', type: 'integer' },
  systemReserved: { flag: 'system-reserved', type: 'map' },
  kubeReserved: { flag: 'kube-reserved', type: 'map' },
  containerRuntimeEndpoint: { flag: 'container-runtime-endpoint', type: 'string' },
  cgroupDriver: { flag: 'cgroup-driver', type: 'string' },
  cgroupRoot: { flag: 'cgroup-root', type: 'string' },
  cpuCFSQuota: { flag: 'cpu-cfs-quota', type: 'boolean' },
  containerLogMaxSize: { flag: 'container-log-max-size', type: 'string' },
  containerLogMaxFiles: { flag: 'container-log-max-files', type: 'integer' },
  maxParallelImagePulls: { flag: 'max-parallel-image-pulls', type: 'integer' },
  imageGCHighThresholdPercent: { flag: 'image-gc-high-threshold', type: 'integer' },
  imageGCLowThresholdPercent: { flag: 'image-gc-low-threshold', type: 'integer' },
  imageMinimumGCAge: { flag: 'minimum-image-ttl-duration', type: 'duration' },
  seccompDefault: { flag: 'seccomp-default', type: 'boolean' },
  staticPodPath: { flag: 'pod-manifest-path', type: 'path' },
  fileCheckFrequency: { flag: 'file-check-frequency', type: 'duration' },
  syncFrequency: { flag: 'sync-frequency', type: 'duration' },
  clusterDNS: { flag: 'cluster-dns', type: 'strings' },
  clusterDomain: { flag: 'cluster-domain', type: 'string' },
  resolvConf: { flag: 'resolv-conf', type: 'path' },
  evictionHard: { flag: 'eviction-hard', type: 'thresholds' },
  evictionPressureTransitionPeriod: { flag: 'eviction-pressure-transition-period', type: 'duration' },
};

const schemaOf: Record<Field['type'], object> = {
  string: { type: 'string' },
  path: { type: 'string' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  duration: { type: 'string', pattern: '^-?([0-9.]+(ns|us|µs|ms|s|m|h))+$|^0$' },
  strings: { type: 'array', items: { type: 'string' } },
  map: { type: 'object', additionalProperties: { type: 'string' } },
  thresholds: { type: 'object', additionalProperties: { type: 'string' } },
};

/**
 * The flags a KubeletConfiguration stands for. Throws FlagError where a field we know has the wrong type; fields we do
 * not know are of no effect, as upstream has many. Relative paths start at the file's folder.
 */
export function flagsOfConfiguration(text: string, file: string): Record<string, string | readonly string[]> {
  let configuration: Record<string, unknown>;
  try {
    configuration = (parseYaml(text) ?? {}) as Record<string, unknown>;
  } catch (error) {
    throw new FlagError(`cannot read ${file}: ${(error as Error).message}`);
  }
  validate(configuration, file);
  const flags: Record<string, string | readonly string[]> = {};
  for (const [path, { flag, type }] of Object.entries(fields)) {
    const value = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], configuration);
    if (value !== undefined && value !== null) flags[flag] = toFlag(value, type, file);
  }
  const taints = configuration.registerWithTaints as { key: string; value?: string; effect: string }[] | undefined;
  if (taints)
    flags['register-with-taints'] = taints.map(
      ({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`,
    );
  return flags;
}

function toFlag(value: unknown, type: Field['type'], file: string): string | readonly string[] {
  const pairs = (separator: string): string[] =>
    Object.entries(value as Record<string, string>).map(([key, text]) => `${key}${separator}${text}`);
  switch (type) {
    case 'strings':
      return value as string[];
    case 'map':
      return pairs('=').join(',');
    case 'thresholds':
      // The file's thresholds stand in place of the defaults one by one; upstream has it all or nothing too.
      return pairs('<').join(',');
    case 'path': {
      const path = String(value);
      return path === '' || isAbsolute(path) ? path : join(dirname(file), path);
    }
    default:
      return String(value);
  }
}

function validate(configuration: unknown, file: string): void {
  // Only a start with --config needs it.
  const { Ajv } = createRequire(import.meta.url)('ajv') as { Ajv: typeof AjvClass };
  const ajv = new Ajv({ allErrors: true, strict: false });
  if (ajv.validate(schema(), configuration)) return;
  const problems = (ajv.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.') || 'it'} ${message}`,
  );
  throw new FlagError(`${file} is no valid KubeletConfiguration: ${problems.join(', ')}`);
}

interface ObjectSchema {
  type: 'object';
  properties: Record<string, ObjectSchema | object>;
  required?: string[];
}

function schema(): ObjectSchema {
  const root: ObjectSchema = {
    type: 'object',
    required: ['kind', 'apiVersion'],
    properties: {
      kind: { const: 'KubeletConfiguration' },
      apiVersion: { enum: ['kubelet.config.k8s.io/v1beta1', 'kubelet.config.k8s.io/v1'] },
      registerWithTaints: {
        type: 'array',
        items: { type: 'object', required: ['key', 'effect'], properties: { key: { type: 'string' } } },
      },
    },
  };
  for (const [path, { type }] of Object.entries(fields)) {
    const keys = path.split('.');
    let at = root;
    for (const key of keys.slice(0, -1)) {
      at = (at.properties[key] ??= { type: 'object', properties: {} }) as ObjectSchema;
    }
    at.properties[keys.at(-1)!] = schemaOf[type];
  }
  return root;
}
