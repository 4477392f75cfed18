import { readFileSync } from 'node:fs';

/** The version in package.json. */
export const productVersion: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** The release of Kubernetes whose API this is. */
export const kubernetesVersion = { major: '1', minor: '36', gitVersion: 'v1.36.3' } as const;

const goArch: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' };

/** The platform in Go's words, as version answers and user agents carry it: `linux/amd64`. */
export const platform = `${process.platform}/${goArch[process.arch] ?? process.arch}`;
