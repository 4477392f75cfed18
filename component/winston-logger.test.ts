import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createWinstonLogger, type BufferedLogger, type WinstonLoggerOptions } from './winston-logger.ts';

describe('winston logger', () => {
  let clock: FakeClock;
  let written: string[];

  beforeEach(() => {
    clock = createFakeClock();
    written = [];
  });

  const make = (options: Partial<WinstonLoggerOptions> = {}): BufferedLogger =>
    createWinstonLogger({ component: 'test', clock, write: (text) => written.push(text), ...options });
  const lines = (): Record<string, unknown>[] =>
    written
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('writes a JSON object a line: when, how grave, who, what, then the fields', async () => {
    const log = make();
    log.info('pod bound', { pod: 'ns/web', node: 'n1', ms: 3 });
    await log.flush();
    assert.equal(
      written.join(''),
      '{"timestamp":"2026-01-01T00:00:00.000Z","level":"info","component":"test","message":"pod bound","pod":"ns/web","node":"n1","ms":3}\n',
    );
  });

  for (const [verbosity, levels] of [
    [0, ['error', 'warn', 'info']],
    [3, ['error', 'warn', 'info']],
    [4, ['error', 'warn', 'info', 'debug']],
  ] as const) {
    it(`lets through ${levels.join(', ')} at -v=${verbosity}`, async () => {
      const log = make({ verbosity });
      for (const level of ['error', 'warn', 'info', 'debug'] as const) {
        log[level]('x');
        assert.equal(log.enabled(level), (levels as readonly string[]).includes(level));
      }
      log.child({ key: 'a' }).debug('x');
      await log.flush();
      assert.deepEqual([...new Set(lines().map((line) => line.level))], levels);
    });
  }

  it('gives children fields that stand on every line, and that a line may override', async () => {
    const log = make();
    log.child({ key: 'a', n: 1 }).child({ n: 2 }).info('x', { m: 3 });
    log.info('y');
    await log.flush();
    assert.deepEqual(
      lines().map(({ key, n, m }) => [key, n, m]),
      [
        ['a', 2, 3],
        [undefined, undefined, undefined],
      ],
    );
  });

  it('writes errors with message, code, stack and causes', async () => {
    const log = make();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    log.error('failed', { error: new Error('cannot connect', { cause }) });
    await log.flush();
    const error = lines()[0]?.error as { message: string; stack: string; cause: { message: string; code: string } };
    assert.equal(error.message, 'cannot connect');
    assert.match(error.stack, /^Error: cannot connect\n +at /);
    assert.deepEqual([error.cause.message, error.cause.code], ['refused', 'ECONNREFUSED']);
  });

  it('never throws, whatever the fields', async () => {
    const log = make();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    log.info('cycle', { cycle });
    log.info('bigint', { n: 1n });
    log.info('undefined', { u: undefined, f: () => 1, s: Symbol('s') });
    await log.flush();
    assert.equal(lines().length, 3);
    assert.equal(lines()[1]?.n, '1');
    assert.equal(lines()[0]?.of, 'cycle');
  });

  it('writes readable text', async () => {
    const log = make({ format: 'text' });
    log.warn('watch failed', { resource: 'pods', reason: 'no route', n: 3, list: [1], error: new Error('bad') });
    await log.flush();
    const [first, ...stack] = written.join('').split('\n');
    assert.equal(
      first,
      '2026-01-01T00:00:00.000Z WARN  test: watch failed resource=pods reason="no route" n=3 list=[1] error=bad',
    );
    assert.match(stack[0]!, /^Error: bad/);
  });

  it('gathers lines for a moment, but errors go at once', async () => {
    const log = make();
    for (let i = 0; i < 10; i++) log.info(`line ${i}`);
    await clock.advance(0);
    assert.equal(written.length, 0);
    await clock.advance(50);
    assert.equal(written.length, 1);
    assert.equal(lines().length, 10);
    log.info('before');
    log.error('grave');
    await clock.advance(0);
    assert.equal(written.length, 2);
    assert.deepEqual(
      lines()
        .slice(10)
        .map((line) => line.message),
      ['before', 'grave'],
    );
  });

  it('writes a lot without waiting for the moment', async () => {
    const log = make();
    for (let i = 0; i < 1000; i++) log.info('x'.repeat(200));
    await clock.advance(0);
    assert.ok(written.length > 1);
    await log.flush();
    assert.equal(lines().length, 1000);
  });

  it('has written everything once flushed', async () => {
    const log = make();
    for (let i = 0; i < 5000; i++) log.info('x', { i });
    await log.flush();
    assert.equal(lines().length, 5000);
    assert.deepEqual(
      lines().map((line) => line.i),
      Array.from({ length: 5000 }, (_, i) => i),
    );
  });
});
