import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Secret } from '../../api/schema/generated/core-v1.ts';
import type { RegistryAuth } from '../runtime/container-runtime.ts';
import { parseImageReference } from './image-reference.ts';

interface AuthEntry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
}

/**
 * What pull secrets hold for an image's registry, most specific first; both forms of Docker's configuration file. Entries
 * name a registry, with a path for part of it, `*` standing for one part of a host name.
 */
export function credentialsFor(image: string, secrets: readonly DeepReadonly<Secret>[]): RegistryAuth[] {
  const reference = parseImageReference(image);
  if (!reference) return [];
  const found: { readonly auth: RegistryAuth; readonly length: number }[] = [];
  for (const secret of secrets) {
    for (const [server, entry] of Object.entries(entriesOf(secret))) {
      const target = server.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '');
      const [host = '', ...path] = target.split('/');
      const names = host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
      const prefix = path.join('/');
      if (!hostMatches(names, reference.registry)) continue;
      if (prefix && reference.repository !== prefix && !reference.repository.startsWith(`${prefix}/`)) continue;
      const auth = decodeEntry(server, entry);
      if (auth) found.push({ auth, length: target.length });
    }
  }
  return found.sort((a, b) => b.length - a.length).map(({ auth }) => auth);
}

function entriesOf(secret: DeepReadonly<Secret>): Record<string, AuthEntry> {
  const text = (key: string): string | undefined => {
    const data = secret.data?.[key];
    return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
  };
  try {
    const config = text('.dockerconfigjson');
    if (config) return (JSON.parse(config) as { auths?: Record<string, AuthEntry> }).auths ?? {};
    const legacy = text('.dockercfg');
    return legacy ? (JSON.parse(legacy) as Record<string, AuthEntry>) : {};
  } catch {
    return {}; // a broken secret is as good as none; the registry's refusal is what the user sees
  }
}

function decodeEntry(server: string, { username, password, auth }: AuthEntry): RegistryAuth | undefined {
  if (username !== undefined && password !== undefined) return { username, password, server };
  const decoded = Buffer.from(auth ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1), server };
}

function hostMatches(pattern: string, host: string): boolean {
  const [wanted, actual] = [pattern.split('.'), host.split('.')];
  return wanted.length === actual.length && wanted.every((part, i) => part === '*' || part === actual[i]);
}
