import { realpathSync } from 'node:fs';
import { runCommand } from '../setup/run-command.ts';
import { SetupError } from '../setup/step.ts';
import type { ImageContent } from './build-image.ts';

/** Where Node stands in the images that this host makes. */
export const nodePathInImage = '/usr/local/bin/node';

/**
 * This very Node with the libraries that it loads (`ldd`), and the files a network program looks for: enough of a file
 * system to run JavaScript in a container without a base image from anywhere.
 */
export async function nodeImageContent(nodePath = process.execPath): Promise<ImageContent> {
  const { code, stdout, stderr } = await runCommand('ldd', [nodePath]);
  if (code !== 0) throw new SetupError(`ldd ${nodePath} failed: ${stderr.trim()}`);
  const libraries = [...stdout.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)].map((match) => match[1]!);
  return {
    folders: ['tmp', 'proc', 'sys', 'dev', 'etc', 'root'],
    copies: [
      { from: nodePath, to: nodePathInImage },
      ...libraries.map((library) => ({ from: realpathSync(library), to: library })),
    ],
    files: [
      { to: '/etc/passwd', text: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
      { to: '/etc/group', text: 'root:x:0:\nnogroup:x:65534:\n' },
      { to: '/etc/nsswitch.conf', text: 'hosts: files dns\n' },
    ],
  };
}
