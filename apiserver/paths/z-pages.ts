import { ApiError } from '../../api/meta/errors.ts';
import { jsonToYaml } from '../../api/schema/yaml.ts';
import type { Deps } from '../../component/deps.ts';
import type { VersionInfo } from '../discovery/version.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { formats, mediaTypes, offered, type Format } from '../server/formats.ts';
import { parseAccept, takes } from '../server/media-type.ts';
import { bytesResponse, textResponse } from '../server/responses.ts';

export interface ZPages {
  /** Answers `/flagz` and `/statusz`; undefined for other paths. @throws ApiError NotAcceptable */
  handle(request: Pick<ApiRequest, 'path' | 'headers'>): ApiResponse | undefined;
}

export interface ZPageOptions {
  /** Of the command line by name, as they are to be read. */
  readonly flags: Readonly<Record<string, string>>;
  readonly version: VersionInfo;
  /** All paths that the server answers. */
  readonly listedPaths: () => readonly string[];
  readonly deps: Pick<Deps, 'clock' | 'random'>;
}

export const zPagePaths = ['/flagz', '/statusz'] as const;

const component = 'kube-apiserver';
const group = 'config.k8s.io';
/** The newest first. */
const versions = ['v1beta1', 'v1alpha1'] as const;
type Version = (typeof versions)[number];
/** Readers of the text are not to parse it, so what stands between name and value differs from start to start. */
const delimiters = [':', ': ', '=', ' '];
/** What is served below them is the API itself. */
const notForDebugging = new Set(['/apis', '/api', '/openid', '/openapi', '/.well-known']);

/**
 * The pages by which a person sees how a server was started and how it fares (KEP-4827, KEP-4828): as text, or as an
 * object of config.k8s.io for who names it in `Accept`. Any method is answered.
 */
export function createZPages(options: ZPageOptions): ZPages {
  const { flags, version, listedPaths, deps } = options;
  const delimiter = delimiters[Math.floor(deps.random.next() * delimiters.length)]!;
  const startedMs = deps.clock.now();
  const binaryVersion = version.gitVersion.slice(1);
  const emulationVersion = `${version.emulationMajor}.${version.emulationMinor}`;
  const uptimeSeconds = (): number => Math.max(0, Math.floor((deps.clock.now() - startedMs) / 1000));

  const pages: Readonly<Record<(typeof zPagePaths)[number], Page>> = {
    '/flagz': {
      kind: 'Flagz',
      fields: () => ({ flags }),
      lines: () =>
        Object.keys(flags)
          .sort()
          .map((name) => `${name}${delimiter}${flags[name]!}`),
    },
    '/statusz': {
      kind: 'Statusz',
      fields: () => ({
        startTime: `${new Date(startedMs).toISOString().slice(0, 19)}Z`,
        uptimeSeconds: uptimeSeconds(),
        goVersion: version.goVersion,
        binaryVersion,
        emulationVersion,
        paths: foldersOf(listedPaths()),
      }),
      lines: () => [
        '',
        `Started${delimiter} ${unixDate(startedMs)}`,
        `Up${delimiter} ${hoursMinutesSeconds(uptimeSeconds())}`,
        `Go version${delimiter} ${version.goVersion}`,
        `Binary version${delimiter} ${binaryVersion}`,
        `Emulation version${delimiter} ${emulationVersion}`,
        `Paths${delimiter} ${foldersOf(listedPaths()).join(' ')}`,
      ],
    },
  };
  return {
    handle: ({ path, headers }) => {
      const known = zPagePaths.find((each) => each === path);
      return known && answer(pages[known], known.slice(1), headers['accept']);
    },
  };
}

interface Page {
  readonly kind: string;
  /** Of the object, beside its type and name. */
  fields(): object;
  /** Of the text, below its head. */
  lines(): readonly string[];
}

function answer(page: Page, name: string, accept: string | string[] | undefined): ApiResponse {
  const form = formFor(page.kind, accept);
  if (form === 'text') return textResponse(200, `${headOf(name)}${page.lines().join('\n')}\n`);
  const { kind } = page;
  const object = { kind, apiVersion: `${group}/${form.version}`, metadata: { name: component }, ...page.fields() };
  const text = form.format === 'yaml' ? jsonToYaml(object) : `${JSON.stringify(object)}\n`;
  const response = bytesResponse(200, mediaTypes[form.format], Buffer.from(text));
  if (form.version !== versions[0])
    response.headers['warning'] =
      `299 - "This version of the ${name} endpoint is deprecated. Please use a newer version."`;
  return response;
}

const headOf = (name: string): string =>
  `\n${component} ${name}\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.\n`;

type Form = 'text' | { readonly format: Format; readonly version: Version };

function formFor(kind: string, accept: string | string[] | undefined): Form {
  if (accept === undefined || accept === '') return 'text';
  for (const range of parseAccept(accept)) {
    const { as, g, v } = range.params;
    const version = as === kind && g === group ? versions.find((each) => each === v) : undefined;
    const format = formats.find((each) => each !== 'protobuf' && takes(range, mediaTypes[each]));
    if (version && format) return { format, version };
    if (takes(range, 'text/plain') && as === undefined && g === undefined && v === undefined) return 'text';
  }
  throw new ApiError('NotAcceptable', `only the following media types are accepted: ${offered}, text/plain`);
}

function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set(paths.map((path) => `/${path.split('/')[1] ?? ''}`));
  return [...folders].filter((folder) => folder !== '/' && !notForDebugging.has(folder)).sort();
}

function hoursMinutesSeconds(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`;
}

/** Go's `time.UnixDate` in UTC: `Tue Oct  7 22:51:35 UTC 2025`. */
function unixDate(ms: number): string {
  const [weekday, day, month, year, time] = new Date(ms).toUTCString().split(/,? /) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`;
}
