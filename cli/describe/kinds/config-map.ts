import { configMaps } from '../../../api/resources/core/config-map.ts';
import { defineDescriber } from '../describer.ts';
import { identity } from '../identity.ts';
import { sizeOf } from '../size-of.ts';

export const configMapDescriber = defineDescriber(configMaps, (map) => {
  const keys = (of: object | undefined): string[] => Object.keys(of ?? {}).sort();
  return [
    ...identity(map),
    '',
    'Data',
    '====',
    ...keys(map.data).flatMap((key) => [`${key}:`, '----', map.data![key]!, '']),
    '',
    'BinaryData',
    '====',
    ...keys(map.binaryData).map((key) => `${key}: ${sizeOf(map.binaryData![key]!)}`),
    '',
  ];
});
