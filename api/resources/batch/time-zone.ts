/** The zones of the IANA database whose names have three letters; the other short names that Intl takes are Java's. */
const shortNames = new Set(['CET', 'EET', 'EST', 'GMT', 'HST', 'MET', 'MST', 'PRC', 'ROC', 'ROK', 'UCT', 'UTC', 'WET']);

/** Whether a zone has this name in the IANA database: letter by letter, while Intl does not tell `utc` from `UTC`. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are no names; neither are those that Intl knows beyond the database.
  if (!/^[A-Z]/.test(name) || name.startsWith('SystemV/')) return false;
  if (name.length === 3) return shortNames.has(name);
  if (!isKnownToIntl(name)) return false;
  const lower = name.toLowerCase();
  const canonical = Intl.supportedValuesOf('timeZone').find((known) => known.toLowerCase() === lower);
  // Names that are links to others are not listed: all of their parts begin with a capital.
  return canonical === undefined ? name.split('/').every((part) => /^[A-Z]/.test(part)) : canonical === name;
}

function isKnownToIntl(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== undefined;
  } catch {
    return false;
  }
}
