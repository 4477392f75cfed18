import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dockerInfo } from '../setup/docker-daemon.ts';
import { fail, ok, warn, type DoctorCheck, type DoctorFinding } from './doctor-check.ts';

const gib = 1024 ** 3;

/** Room where the cluster and the images lie. The kubelet evicts pods below a tenth. */
export const diskSpace: DoctorCheck = {
  name: 'disk space',
  check: async ({ paths }) => {
    const info = await dockerInfo();
    const folders = [paths.dataDir, ...(info?.DockerRootDir ? [info.DockerRootDir] : [])];
    return Promise.all(
      folders.map(async (folder) => {
        let existing = folder;
        while (!existsSync(existing)) existing = dirname(existing);
        const { bavail, blocks, bsize, ffree, files } = await statfs(existing);
        return judgeRoom(folder, { freeBytes: bavail * bsize, bytes: blocks * bsize, freeFiles: ffree, files });
      }),
    );
  },
};

/** Fails below a gibibyte or a hundredth, warns below what the kubelet evicts at. Filesystems without a number of files have 0. */
export function judgeRoom(
  folder: string,
  room: { readonly freeBytes: number; readonly bytes: number; readonly freeFiles: number; readonly files: number },
): DoctorFinding {
  const name = 'disk space';
  const part = room.freeBytes / room.bytes;
  const why = `${folder}: ${(room.freeBytes / gib).toFixed(1)} GiB free of ${(room.bytes / gib).toFixed(1)}`;
  const remedy = 'make room, for one by docker system prune';
  if (room.freeBytes < gib || part < 0.01) return fail(name, why, remedy);
  if (part < 0.1) return warn(name, `${why}: the kubelet evicts pods`, remedy);
  if (room.files > 0 && room.freeFiles / room.files < 0.05)
    return warn(name, `${folder}: ${room.freeFiles} of ${room.files} inodes are free: the kubelet evicts pods`, remedy);
  return ok(name, why);
}
