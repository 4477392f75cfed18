import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../setup/run-command.ts';
import { SetupError } from '../setup/step.ts';

/** What stands in an image: paths inside it, each copied from the host or written from text. */
export interface ImageContent {
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  readonly files: readonly { readonly to: string; readonly text: string; readonly mode?: number }[];
  readonly folders?: readonly string[];
  /** Symbolic links. */
  readonly links?: readonly { readonly to: string; readonly target: string }[];
}

export interface ImageConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly workdir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Does the Docker daemon have an image of that tag? */
export async function imageExists(tag: string): Promise<boolean> {
  return (await runCommand('docker', ['image', 'inspect', '--format', '{{.Id}}', tag])).code === 0;
}

/** Makes a one-layer image out of files of this host, without a registry: `tar | docker import`. */
export async function buildImage(tag: string, content: ImageContent, config: ImageConfig): Promise<void> {
  const stage = mkdtempSync(join(tmpdir(), 'k8ts-image-'));
  try {
    for (const folder of content.folders ?? []) mkdirSync(join(stage, folder), { recursive: true });
    for (const { from, to } of content.copies) place(from, join(stage, to));
    for (const { to, text, mode } of content.files) {
      mkdirSync(dirname(join(stage, to)), { recursive: true });
      writeFileSync(join(stage, to), text, { mode: mode ?? 0o644 });
    }
    for (const { to, target } of content.links ?? []) symlinkSync(target, join(stage, to));
    await importFolder(stage, tag, changesOf(config));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** A hard link where that works (no copy of a 150 MB program), else a copy. */
function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to, { recursive: true, dereference: true }); // a folder, or another file system
  }
}

function changesOf(config: ImageConfig): string[] {
  const changes = [
    config.entrypoint && `ENTRYPOINT ${JSON.stringify(config.entrypoint)}`,
    config.cmd && `CMD ${JSON.stringify(config.cmd)}`,
    config.workdir && `WORKDIR ${config.workdir}`,
    ...Object.entries(config.env ?? {}).map(([name, value]) => `ENV ${name}=${JSON.stringify(value)}`),
    ...Object.entries(config.labels ?? {}).map(([name, value]) => `LABEL ${name}=${JSON.stringify(value)}`),
  ];
  return changes.filter((change) => change !== undefined).flatMap((change) => ['--change', change]);
}

async function importFolder(folder: string, tag: string, changes: readonly string[]): Promise<void> {
  const tar = spawn('tar', ['--owner=0', '--group=0', '--numeric-owner', '-cf', '-', '-C', folder, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const docker = spawn('docker', ['import', ...changes, '-', tag], { stdio: [tar.stdout, 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  docker.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const packed = endOf(tar, 'exit');
  // Where nobody reads any longer, tar must not wait to write.
  const imported = endOf(docker, 'close').finally(() => tar.stdout.destroy());
  const [tarCode, dockerCode] = await Promise.all([packed, imported]);
  if (dockerCode !== 0)
    throw new SetupError(`docker import of ${tag} failed: ${Buffer.concat(said).toString().trim()}`);
  if (tarCode === 0) return;
  // Docker takes an archive that ends early for a whole one.
  await runCommand('docker', ['image', 'rm', tag]);
  throw new SetupError(`the files of ${tag} cannot be packed: tar ended with ${tarCode}`);
}

/** The exit code, null after a signal; rejects where the program cannot be started. */
function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<number | null> {
  return new Promise((resolve, reject) => child.once('error', reject).once(event, resolve));
}
