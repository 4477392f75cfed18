import { realpathSync } from 'node:fs';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import { buildImage, imageExists } from '../../deploy/images/build-image.ts';
import { findProgram, runCommand } from '../../deploy/setup/run-command.ts';

const image = 'k8ts-test/etcd:1';
const clientPort = 2379;

/** etcd in a container, on an image made of this host's etcd, since no registry may be reachable. */
export async function startEtcdContainer(): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  // Ryuk is an image from a registry; the container is removed by `stop`.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  await ensureImage();
  const container: StartedTestContainer = await new GenericContainer(image)
    .withExposedPorts(clientPort)
    .withCommand([
      `--listen-client-urls=http://0.0.0.0:${clientPort}`,
      `--advertise-client-urls=http://127.0.0.1:${clientPort}`,
      '--data-dir=/data',
    ])
    .withTmpFs({ '/data': 'rw' })
    .withWaitStrategy(Wait.forHttp('/health', clientPort))
    .start();
  return {
    endpoint: `http://${container.getHost()}:${container.getMappedPort(clientPort)}`,
    stop: async () => void (await container.stop({ timeout: 0, remove: true })),
  };
}

async function ensureImage(): Promise<void> {
  if (await imageExists(image)) return;
  const etcd = findProgram('etcd');
  if (!etcd) throw new Error('there is no etcd on the PATH to make an image of');
  const { stdout } = await runCommand('ldd', [etcd]);
  const libraries = [...stdout.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)].map((match) => match[1]!);
  await buildImage(
    image,
    {
      folders: ['tmp', 'data', 'etc'],
      copies: [
        { from: etcd, to: '/usr/bin/etcd' },
        ...libraries.map((library) => ({ from: realpathSync(library), to: library })),
      ],
      files: [{ to: '/etc/passwd', text: 'root:x:0:0:root:/:/\n' }],
    },
    { entrypoint: ['/usr/bin/etcd'] },
  );
}
