import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * What tests that made all their files below `folder` have left behind: files, mounts, processes that name the folder,
 * containers of kubelets that lived there. One line each; empty where they cleaned up.
 */
export async function leftoversOf(folder: string): Promise<string[]> {
  const containers = await containersBelow(folder);
  return [
    ...readdirSync(folder)
      .filter((name) => !/^testcontainers-node-\d+\.lock$/.test(name)) // the library never removes it
      .map((name) => `folder ${join(folder, name)}`),
    ...mountsBelow(folder).map((path) => `mount ${path}`),
    ...processesNaming(folder).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...containers.map(({ id, name }) => `container ${id} ${name}`),
  ];
}

/** Removes all that `leftoversOf` names, and the folder. Resolves also where some of it would not go. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const { pid } of processesNaming(folder)) process.kill(pid, 'SIGKILL');
  for (const { id } of await containersBelow(folder)) await run('docker', ['rm', '-fv', id]);
  for (const path of mountsBelow(folder)) await run('umount', [path]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function containersBelow(folder: string): Promise<{ id: string; name: string }[]> {
  const format = '{{.ID}} {{.Names}} {{.Label "k8ts.io/kubelet"}}';
  const lines = await run('docker', ['ps', '-a', '--filter', 'label=k8ts.io/kubelet', '--format', format]);
  return lines.flatMap((line) => {
    const [id, name, root] = line.split(' ') as [string, string, string];
    return root.startsWith(`${folder}/`) ? [{ id, name }] : [];
  });
}

/** Deepest first. */
function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

function processesNaming(folder: string): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return command.includes(`${folder}/`) ? [{ pid, command: command.slice(0, 200) }] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** What a program printed, by line; nothing where it is missing or fails. */
async function run(program: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(program, args).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean);
}
