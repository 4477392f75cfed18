const known: Readonly<Record<string, (owner: string) => string>> = {
  metadata: (owner) =>
    / list$/.test(owner)
      ? 'The revision of the list, and how to go on where it ends.'
      : 'The name, labels and other data that any object has.',
  spec: (owner) => `What the ${owner} should be.`,
  status: (owner) => `What the ${owner} was last seen to be. Written by the system.`,
  template: (owner) => `What the objects look like that the ${owner} makes.`,
};

/**
 * Words for a field of which nothing is said where the descriptions come from: only what is told of its type is known,
 * and `kubectl explain` prints that by itself after the words of the field.
 */
export function wordsForField(typeName: string, field: string): string {
  const kind = typeName.slice(typeName.lastIndexOf('.') + 1);
  const owner = inWords(kind.replace(/(?<=.)(?:Spec|Status|Source)$/, ''));
  return known[field]?.(owner) ?? `The ${inWords(field)} of the ${owner}.`;
}

/** `HTTPGetAction` as `HTTP get action`, `clusterIP` as `cluster IP`. */
function inWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z]{2,}/.test(word) ? word : word.toLowerCase()))
    .join(' ');
}
