import { chmodSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { clusterPaths } from '../cluster-config.ts';

/** A file or folder that others than its owner have rights on; modes are the permission bits. */
export interface OpenPath {
  readonly path: string;
  readonly mode: number;
  /** The most it may have. */
  readonly wanted: number;
}

/** Of the files with keys, credentials and data of a cluster those that are open to others. Links are left alone. */
export function openPaths(dataDir: string): OpenPath[] {
  const paths = clusterPaths(dataDir);
  const folders = [paths.pki, paths.kubeconfigs, join(paths.kubelet, 'pki')];
  return [
    ...folders.flatMap(below),
    ...[
      paths.etcd,
      paths.logs,
      paths.run,
      paths.adminKubeconfig,
      paths.configFile,
      paths.auditPolicy,
      paths.auditLog,
    ].flatMap(self),
  ];
}

/** Takes from others what they may do to the files of `openPaths`, and returns what was changed. */
export function closePaths(dataDir: string): OpenPath[] {
  const open = openPaths(dataDir);
  for (const { path, wanted } of open) chmodSync(path, wanted);
  return open;
}

function below(folder: string): OpenPath[] {
  if (!existsSync(folder)) return [];
  const inside = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [folder, ...inside.map((name) => join(folder, name))].flatMap(self);
}

function self(path: string): OpenPath[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat || stat.isSymbolicLink() || stat.isSocket()) return [];
  const mode = stat.mode & 0o7777;
  return mode & 0o077 ? [{ path, mode, wanted: mode & 0o700 }] : [];
}
