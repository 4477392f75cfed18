export interface ImageReference {
  /** `docker.io` where the name does not say. */
  readonly registry: string;
  /** With `library/` before official images. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

/** Takes a reference apart as Docker does; undefined where it is none. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [beforeDigest, digest, ...rest] = text.split('@');
  if (!beforeDigest || rest.length > 0 || (digest !== undefined && !digestPattern.test(digest))) return undefined;
  const slash = beforeDigest.indexOf('/');
  const first = slash < 0 ? '' : beforeDigest.slice(0, slash);
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = hasRegistry ? beforeDigest.slice(slash + 1) : beforeDigest;
  const colon = path.lastIndexOf(':');
  const hasTag = colon > path.lastIndexOf('/');
  const name = hasTag ? path.slice(0, colon) : path;
  const tag = hasTag ? path.slice(colon + 1) : undefined;
  if (!repositoryPattern.test(name) || (tag !== undefined && !tagPattern.test(tag))) return undefined;
  return {
    registry: hasRegistry ? first : 'docker.io',
    repository: !hasRegistry && !name.includes('/') ? `library/${name}` : name,
    ...(tag ? { tag } : {}),
    ...(digest ? { digest } : {}),
  };
}
