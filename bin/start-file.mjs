/**
 * The sources of a service and the small packages they load first, joined by esbuild into one file of JavaScript: Node
 * loads that several times faster, and in less memory, than some eight hundred modules. It is made at the first start
 * and again when any file it came from has changed.
 */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import os from 'node:os';

/** Packages that become part of the file. The others stay where they are and load late. */
const joined = ['@grpc/grpc-js', 'commander', 'etcd3', 'js-yaml', 'prom-client', 'protobufjs', 'winston', 'ws'];

/** A build that nobody may be about to load any more. */
const oldMs = 10 * 60_000;

/** What is made from this checkout, code that Node compiled among it: only for those who could change its packages. */
export function cacheFolder(root) {
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const packages = join(root, 'node_modules');
  try {
    accessSync(packages, constants.W_OK);
    return join(packages, '.cache', 'k8ts', checkout);
  } catch {
    return join(os.homedir(), '.cache', 'k8ts', checkout);
  }
}

/** The start file of a service, where there is one that no source has outlived. */
export function currentStartFile({ root, name }) {
  const listFile = join(cacheFolder(root), `${name}.json`);
  const list = existsSync(listFile) ? JSON.parse(readFileSync(listFile, 'utf8')) : undefined;
  const isCurrent =
    list && existsSync(list.file) && list.inputs.every(([path, stamp]) => stampOf(join(root, path)) === stamp);
  return isCurrent ? list.file : undefined;
}

/**
 * The file to run for the service whose sources begin at `source`: its start file, or `source` itself where there can be
 * none (esbuild is an optional package; no folder may be writable).
 */
export async function startFile({ root, name, source }) {
  const current = currentStartFile({ root, name });
  if (current) return current;
  const folder = cacheFolder(root);
  const listFile = join(folder, `${name}.json`);
  try {
    return (await make({ root, folder, name, source, listFile })) ?? source;
  } catch (error) {
    const isExpected = ['ERR_MODULE_NOT_FOUND', 'EACCES', 'EROFS', 'ENOSPC'].includes(error.code);
    if (!isExpected) process.stderr.write(`k8ts: ${name} starts from its sources: ${error.message}\n`);
    return source;
  }
}

/** Undefined where a source was written meanwhile: nobody knows which of its states was read. */
async function make({ root, folder, name, source, listFile }) {
  const { build, stop } = await import('esbuild');
  // Times of files are a tick behind the clock.
  const began = Date.now() - 20;
  mkdirSync(folder, { recursive: true });
  const made = mkdtempSync(join(folder, `${name}-`));
  const file = join(made, `${name}.mjs`);
  let isDone = false;
  try {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [source],
      outfile: file,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node26',
      external: Object.keys(dependencies).filter((dependency) => !joined.includes(dependency)),
      plugins: [ownPlaces(root), othersAsObjects],
      // Packages in CommonJS ask for Node's modules by `require`.
      banner: { js: "const require = process.getBuiltinModule('module').createRequire(import.meta.url);" },
      legalComments: 'none',
      logLevel: 'silent',
      metafile: true,
    });
    const sources = Object.keys(metafile.inputs).filter((path) => !path.startsWith(`${asObjects}:`));
    const paths = [...sources, relative(root, fileURLToPath(import.meta.url)), 'package.json'];
    if (paths.some((path) => statSync(join(root, path)).ctimeMs >= began)) return undefined;
    const inputs = paths.map((path) => [path, stampOf(join(root, path))]);
    writeFileSync(join(made, 'list.json'), JSON.stringify({ file, inputs }));
    renameSync(join(made, 'list.json'), listFile);
    isDone = true;
    return file;
  } finally {
    await stop();
    if (!isDone) rmSync(made, { recursive: true, force: true });
    removeOldBuilds({ folder, name, kept: made });
  }
}

const places = /\b(?:import\.meta\.url|__dirname|__filename)\b/;

/** Gives each source the place it has as a file: what it reads lies beside it. */
function ownPlaces(root) {
  return {
    name: 'own-places',
    setup(build) {
      // Only what is asked of us costs time, so we ask first who names its place.
      const files = filesBelow(root).filter((path) => places.test(readFileSync(path, 'utf8')));
      build.onLoad({ filter: new RegExp(`^(${files.map(escaped).join('|')})$`) }, ({ path }) => {
        const own = { 'import.meta.url': pathToFileURL(path).href, __dirname: dirname(path), __filename: path };
        const text = readFileSync(path, 'utf8');
        const contents = text.replaceAll(new RegExp(places, 'g'), (place) => JSON.stringify(own[place]));
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js', resolveDir: dirname(path) };
      });
    },
  };
}

/** Our sources and those of the packages that are joined. */
function filesBelow(root) {
  const packages = join(root, 'node_modules');
  const folders = [
    ...readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name))
      .map(({ name }) => join(root, name)),
    ...joined.map((name) => join(packages, name)).filter((folder) => existsSync(folder)),
  ];
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((name) => /\.([cm]?js|ts)$/.test(name) && !/\.(test|d)\.ts$/.test(name))
      .map((name) => realpathSync(join(folder, name))),
  );
}

const escaped = (text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const asObjects = 'as-object';

/**
 * Takes Node's own modules and the packages that stay where they are as objects, when the source that imports them runs.
 * An `import` would load them first of all, also for sources that are imported late; and it makes a list of all that a
 * module exports, which loads what stands behind each: for `node:http` a whole HTTP client with WebSockets, 15 MB nobody
 * asks for. An ES module among the packages can be imported by names only.
 */
const othersAsObjects = {
  name: 'others-as-objects',
  setup(build) {
    const others = build.initialOptions.external.map(escaped).join('|');
    build.onResolve({ filter: new RegExp(`^(node:.*|(${others})(/.*)?)$`) }, ({ path, kind, namespace }) =>
      namespace === 'file' && kind === 'import-statement' ? { path, namespace: asObjects } : undefined,
    );
    build.onLoad({ filter: /./, namespace: asObjects }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      resolveDir: build.initialOptions.absWorkingDir,
    }));
  },
};

function removeOldBuilds({ folder, name, kept }) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const isBuild = entry.isDirectory() && /^-.{6}$/.test(entry.name.slice(name.length)) && entry.name.startsWith(name);
    if (isBuild && path !== kept && Date.now() - statSync(path).mtimeMs > oldMs) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** Differs when the file was written, moved or replaced since; undefined where there is none. */
function stampOf(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.size} ${stats.ino} ${stats.mtimeMs} ${stats.ctimeMs}`;
}
