import Docker from 'dockerode';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { importImage } from '../../kubelet/runtime/docker-runtime/images.ts';
import type { TarEntry } from '../../kubelet/runtime/docker-runtime/tar.ts';

/** BusyBox with all its applets, made from the host's static one: no registry is needed. */
export const busyboxImage = 'k8ts-test/busybox:1';

const busyboxPaths = ['/bin/busybox', '/usr/bin/busybox'];

/** Makes `busyboxImage` where the daemon does not have it. Needs the package busybox-static on the host. */
export async function ensureBusyboxImage(docker: Docker = new Docker()): Promise<string> {
  try {
    await docker.getImage(busyboxImage).inspect();
    return busyboxImage;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
  const path = busyboxPaths.find((candidate) => existsSync(candidate));
  if (!path) throw new Error('no busybox on this host: apt-get install busybox-static');
  const program = readFileSync(path);
  if (program.includes('/lib64/ld-linux')) {
    throw new Error(`${path} is not static: apt-get install busybox-static`);
  }
  const applets = execFileSync(path, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  const files: TarEntry[] = [
    ...['bin', 'etc', 'root', 'tmp', 'var', 'home'].map((name) => ({
      name: `${name}/`,
      mode: name === 'tmp' ? 0o1777 : 0o755,
      directory: true as const,
    })),
    { name: 'bin/busybox', mode: 0o755, data: program },
    ...applets.filter((name) => name !== 'busybox').map((name) => ({ name: `bin/${name}`, linkTo: 'busybox' })),
    {
      name: 'etc/passwd',
      mode: 0o644,
      data: Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n'),
    },
    { name: 'etc/group', mode: 0o644, data: Buffer.from('root:x:0:\nnobody:x:65534:\n') },
  ];
  await importImage(docker, busyboxImage, files, [
    'CMD ["sh"]',
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ]);
  return busyboxImage;
}
