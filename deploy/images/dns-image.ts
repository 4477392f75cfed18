import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../setup/run-command.ts';
import { buildImage, imageExists } from './build-image.ts';
import { nodeImageContent, nodePathInImage } from './node-image.ts';
import { packageClosure, type PackageLock } from './package-closure.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const repository = 'k8ts/cluster-dns';
const imageLabel = 'k8ts.io/image';
const sourceFolders = ['api', 'component', 'client', 'dns'];
const packages = [
  '@peculiar/x509',
  'commander',
  'dns-packet',
  'express',
  'jose',
  'js-yaml',
  'prom-client',
  'reflect-metadata',
  'winston',
  'ws',
];

/** The tag of the image that these sources make: another source, another tag. */
function dnsImageTag(): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of sources()) hash.update(file).update(readFileSync(join(root, file)));
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return `${repository}:${hash.digest('hex').slice(0, 12)}`;
}

/** Builds the cluster DNS image out of this checkout where it is not there yet; earlier ones that nothing uses are dropped after a day. Returns its tag. */
export async function ensureDnsImage(): Promise<string> {
  const tag = dnsImageTag();
  if (await imageExists(tag)) return tag;
  const base = await nodeImageContent();
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as PackageLock;
  const files = [...sources(), ...packageClosure(lock, packages).flatMap(filesOfPackage)];
  await buildImage(
    tag,
    { ...base, copies: [...base.copies, ...files.map((file) => ({ from: join(root, file), to: `/k8ts/${file}` }))] },
    { entrypoint: [nodePathInImage, '/k8ts/dns/main.ts'], workdir: '/k8ts', labels: { [imageLabel]: repository } },
  );
  await removeOldImages();
  return tag;
}

function sources(): string[] {
  const code = globSync(`{${sourceFolders.join(',')}}/**/*.{ts,json}`, { cwd: root });
  return ['package.json', ...code.filter((file) => !/(\.(test|contract)\.ts$)|(\/generated\/)/.test(file))].sort();
}

/** Without nested packages (they are listed by themselves) and without what only type checkers and people read. */
function filesOfPackage(folder: string): string[] {
  return globSync(`${folder}/**/*`, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(d\.[cm]?ts|map|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((file) => !file.slice(folder.length).includes('/node_modules/'));
}

/** Drops images of earlier sources that nothing has used for a day; another checkout's cluster may be starting on a younger one. */
async function removeOldImages(): Promise<void> {
  await runCommand('docker', [
    'image',
    'prune',
    '--all',
    '--force',
    '--filter',
    `label=${imageLabel}=${repository}`,
    '--filter',
    'until=24h',
  ]);
}
