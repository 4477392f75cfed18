import { defineSection } from './config-section.ts';

interface EtcdConfig {
  /** How long history is kept; 0 leaves it to others. */
  readonly compactionIntervalMs: number;
}

/** Where objects are stored, and in which form. */
export const etcd = defineSection({
  heading: 'Etcd',
  flags: {
    'storage-backend': {
      kind: 'string',
      default: 'etcd3',
      oneOf: ['etcd3', 'memory'],
      description: 'The storage backend for persistence: etcd3, or memory, which forgets all when the process ends.',
    },
    'etcd-servers': {
      kind: 'strings',
      description: 'List of etcd servers to connect with (scheme://ip:port), comma separated.',
    },
    'etcd-prefix': {
      kind: 'string',
      default: '/registry',
      description: 'The prefix to prepend to all resource paths in etcd.',
    },
    'etcd-cafile': {
      kind: 'string',
      description: 'SSL Certificate Authority file used to secure etcd communication.',
    },
    'etcd-certfile': {
      kind: 'string',
      description: 'SSL certification file used to secure etcd communication.',
    },
    'etcd-keyfile': { kind: 'string', description: 'SSL key file used to secure etcd communication.' },
    'etcd-compaction-interval': {
      kind: 'duration',
      default: 300_000,
      description: 'The interval of compaction requests. If 0, the compaction request from apiserver is disabled.',
    },
    'encryption-provider-config': {
      kind: 'string',
      description: 'The file containing configuration for encryption providers to be used for storing secrets in etcd.',
    },
    'encryption-provider-config-automatic-reload': {
      kind: 'bool',
      description:
        'Determines if the file set by --encryption-provider-config should be automatically reloaded if the disk contents change.',
    },
  },
  defaults: { compactionIntervalMs: 300_000 },
  configOf: (values): EtcdConfig => ({ compactionIntervalMs: values.etcdCompactionInterval }),
});
