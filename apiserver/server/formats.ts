import { conversionOf, parseAccept, takes, takesParams } from './media-type.ts';

/** Media types of the formats in which answers are given, the preferred first. */
export const mediaTypes = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const;

export type Format = keyof typeof mediaTypes;

export const formats = Object.keys(mediaTypes) as Format[];

/** What a 406 says is offered. */
export const offered = Object.values(mediaTypes).join(', ');

/** The format for what has no other views; undefined where `Accept` takes none of them. */
export function plainFormat(accept: string | string[] | undefined): Format | undefined {
  if (accept === undefined || accept === mediaTypes.json) return 'json';
  for (const range of parseAccept(accept)) {
    if (conversionOf(range)) continue;
    const format = formats.find((each) => takes(range, mediaTypes[each]) && takesParams(range, mediaTypes[each]));
    if (format) return format;
  }
  return undefined;
}
