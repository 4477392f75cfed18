#!/usr/bin/env node
/**
 * The door to k8ts: `k8ts COMMAND …`. Plain JavaScript on any Node from 20 on, because it runs before anything is
 * installed: it puts the npm packages in place (they bring the Node that the sources need), then hands over.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const neededNode = 26;

/** Services that are started by their own name; everything else is a command of the CLI. */
const services = {
  'kube-apiserver': 'apiserver/main',
  'kube-scheduler': 'scheduler/main',
  'kube-controller-manager': 'controllers/main',
  kubelet: 'kubelet/main',
  'kube-proxy': 'kube-proxy/main',
  'cluster-dns': 'dns/main',
};

const isCheckout = existsSync(join(root, 'tsconfig.json'));

async function ensurePackages() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  const stamp = join(root, 'node_modules', '.k8ts-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const alreadyThere = existsSync(join(root, 'node_modules', '.package-lock.json')) && matchesInstalled(lock);
  const folder = join(root, 'node_modules');
  if (!alreadyThere && lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() && existsSync(folder)) {
    // It is another checkout's, which `npm ci` would empty.
    process.stderr.write(
      `k8ts: node_modules is a link and lacks packages; run npm ci in ${dirname(realpathSync(folder))}\n`,
    );
    return;
  }
  if (!alreadyThere) {
    process.stderr.write('k8ts: installing npm packages (once; about a minute) …\n');
    const { spawnSync } = await import('node:child_process');
    // Scripts of packages would run under the Node they bring, which may not start yet; none is needed.
    const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    if (result.error || result.status !== 0) {
      process.stderr.write(
        `k8ts: npm ci failed${result.error ? `: ${result.error.message}` : ''}. Is npm there, and can it reach its registry?\n`,
      );
      process.exit(1);
    }
  }
  await ensureNodeStarts(await nodeBinary());
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** True where somebody's own `npm install` has already put in place exactly what the lock file asks for. */
function matchesInstalled(lock) {
  const wanted = JSON.parse(lock.toString()).packages;
  const installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || entry.devOptional || installed[path]?.version === entry.version,
  );
}

/** The Node that the packages bring needs libatomic, which a bare Debian has not. */
async function ensureNodeStarts(node) {
  const { spawnSync } = await import('node:child_process');
  const probe = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (probe.status === 0) return;
  const why = probe.error?.message ?? probe.stderr.trim();
  if (/libatomic/.test(why) && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write('k8ts: installing the Debian package libatomic1 …\n');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-q'], { env, stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', '-q', 'libatomic1'], { env, stdio: ['ignore', 'ignore', 2] });
    if (spawnSync(node, ['--version']).status === 0) return;
  }
  process.stderr.write(`k8ts: ${node} does not start: ${why}\n      On Debian or Ubuntu: apt-get install libatomic1\n`);
  process.exit(1);
}

async function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= neededNode) return process.execPath;
  const { createRequire } = await import('node:module');
  try {
    const require = createRequire(join(root, 'package.json'));
    const manifest = require.resolve(`node-linux-${process.arch}/package.json`);
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    process.stderr.write(
      `k8ts: needs Node ${neededNode} or newer; this is ${process.version} on ${process.platform}-${process.arch}, for which no Node package is installed.\n`,
    );
    process.exit(1);
  }
}

/**
 * What keeps a service small, to be known before Node starts: what requests leave behind is collected before it has filled
 * 100 MB, and what is given back lies in one place, not in one for each of V8's threads.
 */
const frugal = { flags: ['--max-semi-space-size=16'], env: { MALLOC_ARENA_MAX: '1' } };

/**
 * A server that had nothing to do for some seconds is asked again at full speed: V8 would have made its heap as small as it
 * goes, and the next thousand requests would take half as long again while it grows back.
 */
const flagsOfService = { 'kube-apiserver': ['--no-memory-reducer'] };

if (isCheckout) await ensurePackages();

const [name, ...rest] = process.argv.slice(2);
const node = await nodeBinary();
startFrugally();
// What comes now is loaded only where this process goes on: what begins again begins with as little as it can.
const { cacheFolder, startFile } = await import('./start-file.mjs');
const { source, args, isService } = target();
const file = isCheckout && isService ? await startFile({ root, name, source }) : source;

/** What to run: a service, a file of this checkout (`run FILE`, for npm scripts: npm's own PATH may still lead to another Node), or the CLI. */
function target() {
  if (isCheckout && name === 'run') return { source: join(root, rest[0] ?? ''), args: rest.slice(1), isService: false };
  const isService = name !== undefined && Object.hasOwn(services, name);
  const script = isService ? services[name] : 'cli/main';
  return {
    source: isCheckout ? join(root, `${script}.ts`) : join(root, 'dist', `${script}.js`),
    args: isService ? rest : process.argv.slice(2),
    isService,
  };
}

/** Begins again in this same process, unless that was done or somebody else has chosen. Node cannot do so everywhere. */
function startFrugally() {
  if (!Object.hasOwn(services, name ?? '') || !process.execve || process.env.MALLOC_ARENA_MAX !== undefined) return;
  const flags = [...frugal.flags, ...(flagsOfService[name] ?? [])];
  const args = [...flags, ...(node === process.execPath ? process.execArgv : []), ...process.argv.slice(1)];
  process.execve(node, [node, ...args], { ...process.env, ...frugal.env });
}

// Beside the start file, so that the two go together.
const compileCache =
  process.env.NODE_COMPILE_CACHE ?? join(file === source ? cacheFolder(root) : dirname(file), 'compile-cache');
if (node === process.execPath && process.env.NODE_OPTIONS === undefined) {
  process.argv = [process.execPath, source, ...args];
  const { enableCompileCache } = await import('node:module');
  enableCompileCache?.(compileCache);
  await import(pathToFileURL(file).href);
} else {
  const { spawn } = await import('node:child_process');
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const child = spawn(node, [file, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`k8ts: cannot start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}
