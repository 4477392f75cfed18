/**
 * What names, labels, keys and addresses may look like, with the words of upstream's `util/validation`. Each function
 * returns what is wrong, an empty list where nothing is.
 */
import { isIPv4, isIPv6 } from 'node:net';

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const dns1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';
const dns1035Message =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const wildcardFormat = `\\*\\.${subdomainFormat}`;
const wildcardMessage =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const qualifiedNameFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const qualifiedNameMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const labelKeyMessage = `a valid label key ${qualifiedNameMessage}`;
const labelValueFormat = `(${qualifiedNameFormat})?`;
const labelValueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const configMapKeyFormat = '[-._a-zA-Z0-9]+';
const configMapKeyMessage = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const cIdentifierFormat = '[A-Za-z_][A-Za-z0-9_]*';
const cIdentifierMessage =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
const envVarNameMessage =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const percentFormat = '[0-9]+%';
const percentMessage = "a valid percent string must be a numeric string followed by an ending '%'";
const httpPathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpHeaderFormat = '[-A-Za-z0-9]+';
const httpHeaderMessage = "a valid HTTP header must consist of alphanumeric characters or '-'";

const whole = (format: string): RegExp => new RegExp(`^(?:${format})$`);
const patterns = {
  label: whole(labelFormat),
  subdomain: whole(subdomainFormat),
  dns1035: whole(dns1035Format),
  wildcard: whole(wildcardFormat),
  qualifiedName: whole(qualifiedNameFormat),
  labelValue: whole(labelValueFormat),
  configMapKey: whole(configMapKeyFormat),
  cIdentifier: whole(cIdentifierFormat),
  percent: whole(percentFormat),
  httpHeader: whole(httpHeaderFormat),
  httpPath: whole(httpPathFormat),
} as const;

const labelMaxLength = 63;
export const subdomainMaxLength = 253;

const byteLength = (text: string): number => Buffer.byteLength(text);

/** `must be no more than N characters`. */
const maxLengthError = (length: number): string => `must be no more than ${length} characters`;
const maxBytesError = (length: number): string => `must be no more than ${length} bytes`;

/** `message (e.g. 'a',  or 'b', regex used for validation is 'format')`. */
export function regexError(message: string, format: string, ...examples: string[]): string {
  const eg = examples.map((e, i) => `${i === 0 ? '' : ' or '}'${e}'`).join(', ');
  return examples.length === 0
    ? `${message} (regex used for validation is '${format}')`
    : `${message} (e.g. ${eg}, regex used for validation is '${format}')`;
}

/** `must be between LO and HI, inclusive`. */
export const rangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

function check(text: string, maxLength: number, pattern: RegExp, message: () => string): string[] {
  // What the pattern matches is ASCII, a byte a character.
  if (text.length <= maxLength && pattern.test(text)) return [];
  const errors: string[] = [];
  if (byteLength(text) > maxLength) errors.push(maxLengthError(maxLength));
  if (!pattern.test(text)) errors.push(message());
  return errors;
}

/** The name of a pod's container, a namespace: lower-case letters, digits and `-`, at most 63. */
export function isDns1123Label(text: string): string[] {
  return check(text, labelMaxLength, patterns.label, () =>
    // A subdomain that is no label can only have dots.
    patterns.subdomain.test(text)
      ? 'must not contain dots'
      : regexError(labelMessage, labelFormat, 'my-name', '123-abc'),
  );
}

/** The name of most objects: labels joined by dots, at most 253. */
export function isDns1123Subdomain(text: string): string[] {
  return check(text, subdomainMaxLength, patterns.subdomain, () =>
    regexError(subdomainMessage, subdomainFormat, 'example.com'),
  );
}

/** The name of a service: as a label, beginning with a letter. */
export function isDns1035Label(text: string): string[] {
  return check(text, labelMaxLength, patterns.dns1035, () =>
    regexError(dns1035Message, dns1035Format, 'my-name', 'abc-123'),
  );
}

/** A host with a wildcard as first label: `*.example.com`. */
export function isWildcardDns1123Subdomain(text: string): string[] {
  return check(text, subdomainMaxLength, patterns.wildcard, () =>
    regexError(wildcardMessage, wildcardFormat, '*.example.com'),
  );
}

/** `example.com/name` or `name`: keys of labels and annotations, finalizers, resource names. */
export function isQualifiedName(text: string): string[] {
  const slash = text.indexOf('/');
  if (slash >= 0 && text.includes('/', slash + 1)) {
    return [
      `${regexError(labelKeyMessage, qualifiedNameFormat, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  const name = text.slice(slash + 1);
  if (slash === 0) errors.push('prefix part must be non-empty');
  if (slash > 0) {
    const prefix = text.slice(0, slash);
    if (byteLength(prefix) > subdomainMaxLength) errors.push(`prefix part ${maxBytesError(subdomainMaxLength)}`);
    if (!patterns.subdomain.test(prefix))
      errors.push(`prefix part ${regexError(subdomainMessage, subdomainFormat, 'example.com')}`);
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (byteLength(name) > labelMaxLength) errors.push(`name part ${maxBytesError(labelMaxLength)}`);
  if (!patterns.qualifiedName.test(name))
    errors.push(`name part ${regexError(qualifiedNameMessage, qualifiedNameFormat, 'MyName', 'my.name', '123-abc')}`);
  return errors;
}

/** A label's value: empty, or at most 63 bytes of letters, digits, `-`, `_` and `.`. */
export function isValidLabelValue(text: string): string[] {
  const errors: string[] = [];
  if (byteLength(text) > labelMaxLength) errors.push(maxBytesError(labelMaxLength));
  if (!patterns.labelValue.test(text))
    errors.push(regexError(labelValueMessage, labelValueFormat, 'MyValue', 'my_value', '12345'));
  return errors;
}

/** At least two labels (`isFullyQualifiedName` of upstream); `field` errors are strings here, the caller knows the path. */
export function isFullyQualifiedName(text: string): string[] {
  if (text === '') return ['Required value'];
  const errors = isDns1123Subdomain(text);
  if (errors.length > 0) return errors;
  return text.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : [];
}

/** `example.com/path`. */
export function isDomainPrefixedPath(text: string): string[] {
  if (text === '') return ['Required value'];
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const path = slash < 0 ? '' : text.slice(slash + 1);
  if (slash < 0 || host === '' || path === '') return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  const errors = isDns1123Subdomain(host);
  return errors.length > 0 ? errors : isHttpPath(path);
}

/** What may stand behind the host in a URL. */
export function isHttpPath(text: string): string[] {
  return patterns.httpPath.test(text) ? [] : [regexError('Invalid path', httpPathFormat)];
}

/** A key of a ConfigMap or Secret, which becomes a file name. */
export function isConfigMapKey(text: string): string[] {
  return [
    ...check(text, subdomainMaxLength, patterns.configMapKey, () =>
      regexError(configMapKeyMessage, configMapKeyFormat, 'key.name', 'KEY_NAME', 'key-name'),
    ),
    ...hasRelativePath(text),
  ];
}

/** What is wrong with a name of an environment variable as C has identifiers. */
export function isCIdentifier(text: string): string[] {
  return patterns.cIdentifier.test(text)
    ? []
    : [regexError(cIdentifierMessage, cIdentifierFormat, 'my_name', 'MY_NAME', 'MyName')];
}

/** The name of an environment variable: printable ASCII without `=`. */
export function isEnvVarName(text: string): string[] {
  return /^[ -<>-~]+$/.test(text) ? [] : [envVarNameMessage];
}

function hasRelativePath(text: string): string[] {
  if (text === '.') return ["must not be '.'"];
  if (text === '..') return ["must not be '..'"];
  return text.startsWith('..') ? ["must not start with '..'"] : [];
}

/** The name of a container's port (an IANA service name). */
export function isValidPortName(text: string): string[] {
  const errors: string[] = [];
  if (byteLength(text) > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(text)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) errors.push('must contain at least one letter (a-z)');
  if (text.includes('--')) errors.push('must not contain consecutive hyphens');
  if (text.startsWith('-') || text.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** 1 to 65535. */
export function isValidPortNumber(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : [rangeError(1, 65535)];
}

/** 0 to 2^31-1. */
export function isValidUserId(id: number): string[] {
  return id >= 0 && id <= 2147483647 ? [] : [rangeError(0, 2147483647)];
}
export const isValidGroupId = isValidUserId;

/** `30%`. Greater than 100 is fine here. */
export function isValidPercent(text: string): string[] {
  return patterns.percent.test(text) ? [] : [regexError(percentMessage, percentFormat, '1%', '93%')];
}

/** The name of an HTTP header, of a probe for instance. */
export function isHttpHeaderName(text: string): string[] {
  return patterns.httpHeader.test(text) ? [] : [regexError(httpHeaderMessage, httpHeaderFormat, 'X-Header-Name')];
}

export const invalidIp = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
export const invalidCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** An IPv4 or IPv6 address as Go's parser takes it: no leading zeros, no zone. */
export function isValidIp(text: string): string[] {
  return ipFamilyOf(text) === 0 ? [invalidIp] : [];
}

/** 4 or 6; 0 where the text is no address. */
export function ipFamilyOf(text: string): 0 | 4 | 6 {
  if (isIPv4(text)) return 4;
  return isIPv6(text) && !text.includes('%') ? 6 : 0;
}

/** Upstream's rules for names in a path (`NameIsDNS…` builds on it): no `/`, no `%`, not `.` nor `..`. */
export function isValidPathSegmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return isValidPathSegmentPrefix(name);
}

/** What a path segment may begin with: `.` and `..` too, as more follows. */
function isValidPathSegmentPrefix(name: string): string[] {
  const errors: string[] = [];
  for (const illegal of ['/', '%']) if (name.includes(illegal)) errors.push(`may not contain '${illegal}'`);
  return errors;
}

/** `generateName` is a prefix: a trailing `-` is fine, as more follows. For `validateName` of rows. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

/** Validators of names in the shape that rows want. */
export const nameIsDnsSubdomain = (name: string, prefix: boolean): string[] =>
  isDns1123Subdomain(prefix ? maskTrailingDash(name) : name);
/** As nameIsDnsSubdomain, for kinds whose checks upstream generates: those count in bytes. */
export const nameIsLongName = (name: string, prefix: boolean): string[] =>
  nameIsDnsSubdomain(name, prefix).map((why) =>
    why === maxLengthError(subdomainMaxLength) ? maxBytesError(subdomainMaxLength) : why,
  );
/** A DNS-1123 label, as upstream's `NameIsDNSLabel`. A prefix may end in a dash. */
export const nameIsDnsLabel = (name: string, prefix: boolean): string[] =>
  isDns1123Label(prefix ? maskTrailingDash(name) : name);
/** What can be one segment of a URL's path, so also `system:node`, as upstream's `ValidatePathSegmentName`. */
export const nameIsPathSegment = (name: string, prefix: boolean): string[] =>
  prefix ? isValidPathSegmentPrefix(name) : isValidPathSegmentName(name);

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** May a finalizer have this name without a domain before it? */
export function isStandardFinalizer(name: string): boolean {
  return standardFinalizers.has(name);
}
