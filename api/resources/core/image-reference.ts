/** The parts of `registry/name:tag@digest` that decide how an image is pulled. */
const reference =
  /^(?<name>[^@]*?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$/;
const path = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/;
const host =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;

/**
 * True where the reference means the tag `latest`, by name or because it has neither tag nor digest. False for what is
 * no reference at all.
 */
function isLatestImage(image: string): boolean {
  const groups = reference.exec(image)?.groups;
  if (!groups?.name || !isRepository(groups.name)) return false;
  return groups.tag === 'latest' || (groups.tag === undefined && groups.digest === undefined);
}

function isRepository(name: string): boolean {
  if (name.length > 255) return false;
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  // As in Docker's reference grammar, a first part with a dot, a colon or upper case, or `localhost`, is a host.
  const hasHost = /[.:A-Z]/.test(first) || first === 'localhost';
  return hasHost ? host.test(first) && path.test(name.slice(slash + 1)) : path.test(name);
}

/** `Always` for the tag `latest`, `IfNotPresent` for all else. */
export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  return image && isLatestImage(image) ? 'Always' : 'IfNotPresent';
}
