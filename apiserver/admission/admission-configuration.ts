import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FlagError } from '../../component/flags.ts';
import { parseYaml } from '../../component/yaml.ts';
import { isJsonObject } from '../../api/meta/json-object.ts';

/** Settings of plugins by the plugin's name, as `--admission-control-config-file` gives them. */
export type AdmissionConfiguration = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/**
 * Reads an `apiserver.config.k8s.io/v1` AdmissionConfiguration. A plugin's settings stand in it, or in a file of their own
 * whose path is as seen from it. Throws an Error with one line where something cannot be read.
 */
export function loadAdmissionConfiguration(file: string): AdmissionConfiguration {
  const document = read(file);
  if (document['kind'] !== 'AdmissionConfiguration') {
    throw new FlagError(`${file} is no AdmissionConfiguration`);
  }
  const plugins = (document['plugins'] ?? []) as readonly { name?: string; path?: string; configuration?: unknown }[];
  return new Map(
    plugins.map(({ name = '', path, configuration }) => [
      name,
      isJsonObject(configuration) ? configuration : path ? read(resolve(dirname(file), path)) : {},
    ]),
  );
}

function read(file: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new FlagError(`unable to read ${file}: ${(error as Error).message}`);
  }
  if (!isJsonObject(document)) throw new FlagError(`${file} holds no object`);
  return document;
}
