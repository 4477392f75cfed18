import { auditFormats } from '../audit/log-backend.ts';
import { defineSection } from './config-section.ts';

/** What is recorded of requests, and where; `openAudit` reads the flags. */
export const auditing = defineSection({
  heading: 'Auditing',
  flags: {
    'audit-policy-file': {
      kind: 'string',
      description: 'Path to the file that defines the audit policy configuration. Nothing is recorded without one.',
    },
    'audit-log-path': {
      kind: 'string',
      description: "If set, all requests coming to the apiserver will be logged to this file. '-' means standard out.",
    },
    'audit-log-format': {
      kind: 'string',
      default: 'json',
      oneOf: auditFormats,
      description: 'Format of saved audits. "legacy" indicates 1-line text format for each event.',
    },
    'audit-log-maxsize': {
      kind: 'int',
      default: 0,
      min: 0,
      description: 'The maximum size in megabytes of the audit log file before it gets rotated; 0 is 100.',
    },
    'audit-log-maxage': {
      kind: 'int',
      default: 0,
      min: 0,
      description:
        'The maximum number of days to retain old audit log files based on the timestamp encoded in their filename.',
    },
    'audit-log-maxbackup': {
      kind: 'int',
      default: 0,
      min: 0,
      description:
        "The maximum number of old audit log files to retain. Setting a value of 0 will mean there's no restriction on the number of files.",
    },
    'audit-log-compress': {
      kind: 'bool',
      description: 'If set, the rotated log files will be compressed using gzip.',
    },
    'audit-webhook-config-file': {
      kind: 'string',
      description: 'Path to a kubeconfig formatted file that defines the audit webhook configuration.',
    },
    'audit-webhook-batch-buffer-size': {
      kind: 'int',
      default: 10_000,
      min: 1,
      description: 'The size of the buffer to store events before batching and writing.',
    },
    'audit-webhook-batch-max-size': {
      kind: 'int',
      default: 400,
      min: 1,
      description: 'The maximum size of a batch.',
    },
    'audit-webhook-batch-max-wait': {
      kind: 'duration',
      default: 30_000,
      description: "The amount of time to wait before force writing the batch that hadn't reached the max size.",
    },
    'audit-webhook-initial-backoff': {
      kind: 'duration',
      default: 10_000,
      description: 'The amount of time to wait before retrying the first failed request.',
    },
  },
  defaults: {},
  configOf: () => ({}),
});
