import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatHelp } from './flag-help.ts';
import { defineFlags, FlagError, parseFlags } from './flags.ts';

const flags = defineFlags({
  'secure-port': { kind: 'port', default: 6443, description: 'The port to serve on.', group: 'Secure serving' },
  'bind-address': { kind: 'string', default: '0.0.0.0', description: 'The address.', group: 'Secure serving' },
  name: { kind: 'string', description: 'A name.' },
  mode: { kind: 'string', oneOf: ['fast', 'slow'], default: 'fast', description: 'A mode.' },
  workers: { kind: 'int', default: 5, min: 1, max: 100, description: 'Workers.' },
  qps: { kind: 'float', default: 50, description: 'Queries a second.' },
  'leader-elect': { kind: 'bool', default: true, description: 'Elect.' },
  profiling: { kind: 'bool', description: 'Profile.' },
  'sync-period': { kind: 'duration', default: 90_000, description: 'Period.' },
  controllers: { kind: 'strings', default: ['*'], description: 'Controllers.' },
  'feature-gates': { kind: 'map', description: 'Gates.' },
  old: { kind: 'string', hidden: true, description: 'Not shown.' },
  v: { kind: 'int', short: 'v', default: 0, description: 'Verbosity.' },
});

function parse(...args: string[]) {
  const parsed = parseFlags(flags, args);
  if (parsed.kind !== 'run') throw new Error(parsed.kind);
  return parsed.values;
}

describe('flags', () => {
  it('have their defaults until they are given', () => {
    assert.deepEqual(parse(), {
      securePort: 6443,
      bindAddress: '0.0.0.0',
      name: undefined,
      mode: 'fast',
      workers: 5,
      qps: 50,
      leaderElect: true,
      profiling: false,
      syncPeriod: 90_000,
      controllers: ['*'],
      featureGates: {},
      old: undefined,
      v: 0,
    });
  });

  it('have exact types', () => {
    const values = parse();
    const port: number = values.securePort;
    const name: string | undefined = values.name;
    const mode: 'fast' | 'slow' = values.mode;
    const list: readonly string[] = values.controllers;
    // @ts-expect-error a flag without a default may be undefined
    const certain: string = values.name;
    assert.ok([port, name, mode, list, certain]);
  });

  const cases: [args: string[], property: keyof ReturnType<typeof parse>, value: unknown][] = [
    [['--secure-port=1'], 'securePort', 1],
    [['--secure-port', '1'], 'securePort', 1],
    [['--secure_port=1'], 'securePort', 1],
    [['--secure-port=1', '--secure-port=2'], 'securePort', 2],
    [['--name='], 'name', ''],
    [['--name=a=b=c'], 'name', 'a=b=c'],
    [['--name', '--profiling'], 'name', '--profiling'],
    [['--name', '-1'], 'name', '-1'],
    [['--workers=0x10'], 'workers', 16],
    [['--workers', '+7'], 'workers', 7],
    [['--qps=0.5'], 'qps', 0.5],
    [['--qps=-1'], 'qps', -1],
    [['--leader-elect=false'], 'leaderElect', false],
    [['--leader-elect=F'], 'leaderElect', false],
    [['--profiling'], 'profiling', true],
    [['--profiling=1'], 'profiling', true],
    [['--sync-period=1h1m1.5s'], 'syncPeriod', 3_661_500],
    [['--sync-period=0'], 'syncPeriod', 0],
    [['--controllers=a,b', '--controllers=c'], 'controllers', ['a', 'b', 'c']],
    [['--controllers='], 'controllers', []],
    [['--feature-gates=A=true,B=x=y', '--feature-gates=C=1'], 'featureGates', { A: 'true', B: 'x=y', C: '1' }],
    [['-v=4'], 'v', 4],
    [['-v4'], 'v', 4],
    [['-v', '4'], 'v', 4],
    [['--v=4'], 'v', 4],
    [['--mode=slow'], 'mode', 'slow'],
  ];
  for (const [args, property, value] of cases) {
    it(`reads ${args.join(' ')}`, () => assert.deepEqual(parse(...args)[property], value));
  }

  it('lets a bare boolean leave the next argument alone', () => {
    assert.throws(() => parse('--profiling', 'false'), /unexpected argument: false/);
  });

  const mistakes: [args: string[], message: string][] = [
    [['--foo'], 'unknown flag: --foo'],
    [['--foo=1'], 'unknown flag: --foo'],
    [['--secure-por=1'], 'unknown flag: --secure-por'],
    [['-x'], "unknown shorthand flag: 'x' in -x"],
    [['stray'], 'unexpected argument: stray'],
    [['--', 'stray'], 'unexpected argument: stray'],
    [['--name'], 'flag needs an argument: --name'],
    [['--secure-port=65536'], 'invalid argument "65536" for "--secure-port" flag: must be a port between 0 and 65535'],
    [['--workers=1.5'], 'invalid argument "1.5" for "--workers" flag: must be a whole number'],
    [['--workers=0'], 'invalid argument "0" for "--workers" flag: must be at least 1'],
    [['--workers=101'], 'invalid argument "101" for "--workers" flag: must be at most 100'],
    [['--qps='], 'invalid argument "" for "--qps" flag: must be a number'],
    [['--profiling=maybe'], 'invalid argument "maybe" for "--profiling" flag: must be true or false'],
    [['--sync-period=10'], 'invalid argument "10" for "--sync-period" flag: time: missing unit in duration "10"'],
    [['--feature-gates=A'], 'invalid argument "A" for "--feature-gates" flag: "A" must be formatted as key=value'],
    [['--mode=other'], 'invalid argument "other" for "--mode" flag: must be one of fast, slow'],
  ];
  for (const [args, message] of mistakes) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => parse(...args),
        (error) => error instanceof FlagError && error.message === message,
      );
    });
  }

  it('knows which were given', () => {
    const parsed = parseFlags(flags, ['--workers=5', '--secure_port=1']);
    assert.deepEqual(parsed.kind === 'run' && [...parsed.given].sort(), ['secure-port', 'workers']);
  });

  it('takes what is not given from a file', () => {
    const parsed = parseFlags(flags, ['--workers=7', '--name=file'], (values) => {
      assert.equal(values.name, 'file');
      return { workers: '9', controllers: ['a', 'b,c'], profiling: 'true' };
    });
    assert.equal(parsed.kind, 'run');
    if (parsed.kind !== 'run') return;
    assert.deepEqual(
      [parsed.values.workers, parsed.values.controllers, parsed.values.profiling],
      [7, ['a', 'b', 'c'], true],
    );
    assert.throws(() => parseFlags(flags, [], () => ({ nope: '1' })), /unknown flag: --nope/);
    assert.throws(() => parseFlags(flags, [], () => ({ workers: 'x' })), /invalid argument "x" for "--workers"/);
  });

  for (const [args, kind] of [
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['--version'], 'version'],
    [['--workers=7', '--help'], 'help'],
    [['--version=true'], 'version'],
    [['--help=false'], 'run'],
  ] as [string[], string][]) {
    it(`answers ${args.join(' ')} with ${kind}`, () => assert.equal(parseFlags(flags, args).kind, kind));
  }

  it('are shown by --help as upstream shows them', () => {
    const help = formatHelp(flags, { name: 'kube-thing', description: 'Does things.', width: 80 });
    assert.equal(
      help,
      `Does things.

Usage:
  kube-thing [flags]

Secure serving flags:

      --bind-address string             The address. (default "0.0.0.0")
      --secure-port int                 The port to serve on. (default 6443)

Other flags:

      --controllers strings             Controllers. (default [*])
      --feature-gates mapStringString   Gates.
      --leader-elect                    Elect. (default true)
      --mode string                     A mode. (default "fast")
      --name string                     A name.
      --profiling                       Profile.
      --qps float                       Queries a second. (default 50)
      --sync-period duration            Period. (default 1m30s)
  -v, --v int                           Verbosity.
      --workers int                     Workers. (default 5)
  -h, --help                            help for kube-thing
      --version                         Print version information and quit
`,
    );
  });

  it('wraps long descriptions under themselves', () => {
    const table = defineFlags({ a: { kind: 'string', description: 'word '.repeat(20).trim() } });
    const lines = formatHelp(table, { name: 'x', width: 50 })
      .split('\n')
      .filter((line) => line.includes('word'));
    assert.ok(lines.length > 1);
    assert.ok(lines.every((line) => line.length <= 50));
    assert.equal(lines[1]!.indexOf('word'), lines[0]!.indexOf('word'));
  });
});
