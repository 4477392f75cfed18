import type { Environment } from '@marcbachmann/cel-js';
import { createRegularExpressionFunctions, linearMatches } from './regular-expression-functions.ts';
import { createRunnableFunctions } from './runnable-functions.ts';

export const authorizer = 'kubernetes.authorization.Authorizer';

/** Types of objects that Kubernetes' libraries make, by the names that upstream gives them. */
const libraryTypes = [
  'kubernetes.URL',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.NamedFormat',
  'net.IP',
  'net.CIDR',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
  // After what it has fields of.
  authorizer,
] as const;

/** What an expression may call beyond the standard library, types by their last name. */
const signatures = `
  url(string): URL; isURL(string): bool; URL.getScheme(): string; URL.getHost(): string; URL.getHostname(): string;
  URL.getPort(): string; URL.getEscapedPath(): string; URL.getQuery(): map<string, list<string>>;
  string.find(string): string; string.findAll(string): list<string>; string.findAll(string, int): list<string>;
  list<A>.isSorted(): bool; list<A>.sum(): A; list<A>.min(): A; list<A>.max(): A;
  list<A>.indexOf(A): int; list<A>.lastIndexOf(A): int;
  quantity(string): Quantity; isQuantity(string): bool; Quantity.sign(): int; Quantity.isInteger(): bool;
  Quantity.asInteger(): int; Quantity.asApproximateFloat(): double;
  Quantity.add(Quantity): Quantity; Quantity.add(int): Quantity; Quantity.sub(Quantity): Quantity;
  Quantity.sub(int): Quantity; Quantity.isLessThan(Quantity): bool; Quantity.isGreaterThan(Quantity): bool;
  Quantity.compareTo(Quantity): int;
  semver(string): Semver; semver(string, bool): Semver; isSemver(string): bool; isSemver(string, bool): bool;
  Semver.major(): int; Semver.minor(): int; Semver.patch(): int; Semver.compareTo(Semver): int;
  Semver.isLessThan(Semver): bool; Semver.isGreaterThan(Semver): bool;
  ip(string): IP; isIP(string): bool; IP.family(): int; IP.isUnspecified(): bool; IP.isLoopback(): bool;
  IP.isLinkLocalMulticast(): bool; IP.isLinkLocalUnicast(): bool; IP.isGlobalUnicast(): bool;
  cidr(string): CIDR; isCIDR(string): bool; CIDR.containsIP(string): bool; CIDR.containsIP(IP): bool;
  CIDR.containsCIDR(string): bool; CIDR.containsCIDR(CIDR): bool; CIDR.ip(): IP; CIDR.masked(): CIDR;
  CIDR.prefixLength(): int; string(IP): string; string(CIDR): string;
  NamedFormat.validate(string): optional<list<string>>;
  string.charAt(int): string; string.replace(string, string): string; string.replace(string, string, int): string;
  string.format(list<dyn>): string;
  Authorizer.path(string): PathCheck; Authorizer.group(string): GroupCheck;
  Authorizer.serviceAccount(string, string): Authorizer; PathCheck.check(string): Decision;
  GroupCheck.resource(string): ResourceCheck; ResourceCheck.subresource(string): ResourceCheck;
  ResourceCheck.namespace(string): ResourceCheck; ResourceCheck.name(string): ResourceCheck;
  ResourceCheck.fieldSelector(string): ResourceCheck; ResourceCheck.labelSelector(string): ResourceCheck;
  ResourceCheck.check(string): Decision; Decision.errored(): bool; Decision.error(): string;
  Decision.allowed(): bool; Decision.reason(): string
`
  .split(';')
  .map((signature) => signature.trim().replaceAll(/\s+/g, ' '))
  .map((signature) =>
    signature.replaceAll(/\b[A-Z]\w+/g, (short) => libraryTypes.find((name) => name.endsWith(`.${short}`)) ?? short),
  );

/** Functions behind a name that is no variable: `sets.contains(a, b)`. */
export const functionNamespaces: Readonly<Record<string, readonly string[]>> = {
  optional: ['of', 'none', 'ofNonZeroValue'],
  sets: ['contains', 'equivalent', 'intersects'],
  strings: ['quote'],
  ip: ['isCanonical'],
  jsonpatch: ['escapeKey'],
  format: [
    ...['named', 'dns1123Label', 'dns1123Subdomain', 'dns1035Label', 'qualifiedName', 'dns1123LabelPrefix'],
    ...['dns1123SubdomainPrefix', 'dns1035LabelPrefix', 'labelValue', 'uri', 'uuid', 'byte', 'date', 'datetime'],
  ],
};

const standardFunctions =
  `bool bytes contains double duration dyn endsWith getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours
  getMilliseconds getMinutes getMonth getSeconds int matches size startsWith string timestamp type uint
  charAt format indexOf join lastIndexOf lowerAscii replace split substring trim upperAscii
  has all exists exists_one existsOne map filter optMap optFlatMap transformList transformMap transformMapEntry
  hasValue value or orValue`.split(/\s+/);

/** Every function and macro that an expression may call by its plain name. */
export const functionNames: ReadonlySet<string> = new Set([...standardFunctions, ...signatures.map(functionNameOf)]);

function functionNameOf(signature: string): string {
  return /(?:^|\.)(\w+)\(/.exec(signature)![1]!;
}

const runnableSignatures = new Set(Object.keys(createRunnableFunctions()));

/** Functions that an expression may name but not run. */
export const onlyChecked: ReadonlySet<string> = new Set([
  ...signatures
    // The conversion to a string takes other types too.
    .filter((signature) => !runnableSignatures.has(signature) && !signature.startsWith('string('))
    .map(functionNameOf),
]);

/** Makes Kubernetes' types and functions known to an environment that checks expressions, and runs some. */
export function registerLibraries(environment: Environment): Environment {
  for (const name of libraryTypes) {
    const fields: Record<string, string> = {};
    if (name === authorizer) fields['requestResource'] = 'kubernetes.authorization.ResourceCheck';
    environment.registerType(name, { fields });
  }
  const runnable = createRunnableFunctions();
  environment.registerFunction({
    name: linearMatches,
    receiverType: 'string',
    returnType: 'bool',
    params: [{ name: 'pattern', type: 'string' }],
    handler: createRegularExpressionFunctions().matches,
  });
  for (const signature of signatures)
    environment.registerFunction(
      signature,
      runnable[signature] ??
        (() => {
          throw new Error(`${signature} is only checked`);
        }),
    );
  return environment;
}
