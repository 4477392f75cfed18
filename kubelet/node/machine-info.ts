import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, release, totalmem } from 'node:os';

export interface MachineInfo {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** In Go's words: `amd64`. */
  readonly architecture: string;
}

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };

/** What this machine is; nothing of it changes while it runs. */
export async function readMachineInfo(): Promise<MachineInfo> {
  const [machineId, systemUuid, bootId, osRelease] = await Promise.all([
    readText('/etc/machine-id', '/var/lib/dbus/machine-id'),
    readText('/sys/class/dmi/id/product_uuid'),
    readText('/proc/sys/kernel/random/boot_id'),
    readText('/etc/os-release', '/usr/lib/os-release'),
  ]);
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    machineId,
    systemUuid: systemUuid || machineId,
    bootId,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux',
    architecture: goArchitectures[process.arch] ?? process.arch,
  };
}

/** The first of the files that can be read, trimmed; empty where none can. */
async function readText(...paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    try {
      return (await readFile(path, 'utf8')).trim();
    } catch {
      // the next one, or nothing
    }
  }
  return '';
}

export interface FileSystemUsage {
  readonly capacityBytes: number;
  /** For others than root. */
  readonly availableBytes: number;
  readonly usedBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** Of the file system that holds the path. */
export async function readFileSystem(path: string): Promise<FileSystemUsage> {
  const { blocks, bavail, bfree, bsize, files, ffree } = await statfs(path);
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}

export interface MemoryUsage {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** The memory of this host as it is used just now. */
export async function readMemory(): Promise<MemoryUsage> {
  return parseMemory(await readFile('/proc/meminfo', 'utf8'));
}

/** Reads the text of `/proc/meminfo`. */
export function parseMemory(meminfo: string): MemoryUsage {
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0);
  return { totalBytes: kibibytes('MemTotal') * 1024, availableBytes: kibibytes('MemAvailable') * 1024 };
}

export interface ProcessUsage {
  readonly max: number;
  readonly running: number;
}

/** Processes and threads of the machine. */
export async function readProcesses(): Promise<ProcessUsage> {
  const [pidMax, threadsMax, loadavg] = await Promise.all([
    readText('/proc/sys/kernel/pid_max'),
    readText('/proc/sys/kernel/threads-max'),
    readText('/proc/loadavg'),
  ]);
  const running = Number(loadavg.split(' ')[3]?.split('/')[1] ?? 0);
  return { max: Math.min(Number(pidMax) || Infinity, Number(threadsMax) || Infinity), running };
}
