import { readFileSystem, readMemory, readProcesses } from '../node/machine-info.ts';
import type { Observations } from './thresholds.ts';

/** What eviction looks at. Images lie on the runtime's file system; it is taken to be that of `rootDir`. */
export async function observeNode(rootDir: string): Promise<Observations> {
  const [disk, memory, processes] = await Promise.all([readFileSystem(rootDir), readMemory(), readProcesses()]);
  const bytes = { available: disk.availableBytes, capacity: disk.capacityBytes };
  // Some file systems do not count inodes.
  const inodes = disk.inodes > 0 ? { available: disk.inodesFree, capacity: disk.inodes } : undefined;
  return {
    'memory.available': { available: memory.availableBytes, capacity: memory.totalBytes },
    'nodefs.available': bytes,
    'imagefs.available': bytes,
    ...(inodes ? { 'nodefs.inodesFree': inodes, 'imagefs.inodesFree': inodes } : {}),
    'pid.available': { available: processes.max - processes.running, capacity: processes.max },
  };
}
