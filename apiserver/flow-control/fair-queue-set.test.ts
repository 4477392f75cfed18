import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import { FairQueueSet, FlowRequest, type Decision, type QueueSetConfig } from './fair-queue-set.ts';
import { SeatDemand } from './seat-demand.ts';
import { FlowStatistics } from './flow-statistics.ts';

const queuing = { queues: 4, handSize: 1, queueLengthLimit: 3 };

describe('fair queue set', () => {
  let clock: FakeClock;
  let statistics: FlowStatistics;
  let demand: SeatDemand;
  let set: FairQueueSet;

  beforeEach(() => {
    clock = createFakeClock();
    statistics = new FlowStatistics('level', 'schema');
    demand = new SeatDemand(clock);
    set = new FairQueueSet(clock, demand);
  });

  interface Started {
    readonly request: FlowRequest;
    decision: Decision | 'wait';
  }

  /** Begins a request of the flow whose only queue is `queue`. */
  function start(
    queue = 0,
    work: Partial<{ initialSeats: number; finalSeats: number; additionalMs: number }> = {},
  ): Started {
    const request = new FlowRequest(statistics, { initialSeats: 1, finalSeats: 0, additionalMs: 0, ...work }, false);
    const started: Started = { request, decision: 'wait' };
    request.decide = (decision) => (started.decision = decision);
    started.decision = set.start(request, [queue]);
    return started;
  }

  const decisions = (all: readonly Started[]): string => all.map(({ decision }) => decision).join();

  it('runs what fits, and lets the rest wait for its turn', () => {
    set.configure({ isExempt: false, queuing }, 2);
    const all = [start(), start(), start(), start()];
    assert.equal(decisions(all), 'execute,execute,wait,wait');
    set.finish(all[0]!.request);
    assert.equal(decisions(all), 'execute,execute,execute,wait');
    set.finish(all[1]!.request);
    set.finish(all[2]!.request);
    set.finish(all[3]!.request);
    assert.equal(decisions(all), 'execute,execute,execute,execute');
    assert.ok(set.isIdle);
    assert.deepEqual([set.seatsInUse, set.seatsWaiting, statistics.dispatched], [0, 0, 4]);
  });

  it('rejects what its queue has no place for', () => {
    set.configure({ isExempt: false, queuing }, 1);
    const all = Array.from({ length: 6 }, () => start());
    assert.equal(decisions(all), 'execute,wait,wait,wait,queue-full,queue-full');
    assert.equal(decisions([start(1)]), 'wait');
    assert.equal(statistics.rejected['queue-full'], 2);
  });

  it('without queues rejects what does not fit', () => {
    set.configure({ isExempt: false }, 2);
    const all = [start(), start(), start()];
    assert.equal(decisions(all), 'execute,execute,concurrency-limit');
    set.finish(all[0]!.request);
    assert.equal(start().decision, 'execute');
  });

  it('counts what is exempt, and holds none of it up', () => {
    set.configure({ isExempt: true }, 0);
    const all = Array.from({ length: 50 }, () => start(0, { initialSeats: 10 }));
    assert.ok(all.every(({ decision }) => decision === 'execute'));
    assert.equal(set.seatsInUse, 500);
  });

  it('a flow that asks for little does not wait behind one that asks for much', async () => {
    set.configure({ isExempt: false, queuing: { ...queuing, queueLengthLimit: 1000 } }, 1);
    const many = Array.from({ length: 100 }, () => start(0));
    const few = [start(1), start(1), start(1)];
    let served = 0;
    for (let turn = 0; turn < 8; turn++) {
      await clock.advance(10);
      const running = [...many, ...few].find(({ request, decision }) => decision === 'execute' && request.decide);
      running!.request.decide = undefined;
      set.finish(running!.request);
      served++;
    }
    assert.equal(decisions(few), 'execute,execute,execute', `after ${served} requests`);
  });

  it('gives two busy flows the same time, not the same number of requests', async () => {
    set.configure({ isExempt: false, queuing: { ...queuing, queueLengthLimit: 1000 } }, 1);
    const durationMs = [10, 30];
    const usedMs = [0, 0];
    const waiting = [0, 1].map((queue) => Array.from({ length: 400 }, () => start(queue)));
    for (let turn = 0; turn < 300; turn++) {
      const queue = waiting.findIndex((flow) => flow[0]!.decision === 'execute');
      const { request } = waiting[queue]!.shift()!;
      await clock.advance(durationMs[queue]!);
      usedMs[queue]! += durationMs[queue]!;
      set.finish(request);
    }
    const [first, second] = usedMs as [number, number];
    assert.ok(Math.abs(first - second) <= 60, usedMs.join());
  }).timeout(20_000);

  it('a queue saves nothing up while it has nothing to do', async () => {
    set.configure({ isExempt: false, queuing: { ...queuing, queueLengthLimit: 1000 } }, 1);
    const busy = Array.from({ length: 50 }, () => start(0));
    for (let i = 0; i < 20; i++) {
      await clock.advance(10);
      set.finish(busy.shift()!.request);
    }
    const late = Array.from({ length: 20 }, () => start(1));
    let servedLate = 0;
    for (let i = 0; i < 10; i++) {
      await clock.advance(10);
      const flow = busy[0]!.decision === 'execute' ? busy : late;
      if (flow === late) servedLate++;
      set.finish(flow.shift()!.request);
    }
    assert.ok(servedLate >= 4 && servedLate <= 6, String(servedLate));
  });

  it('lets a wide request wait for its seats, and runs one wider than all seats alone', () => {
    set.configure({ isExempt: false, queuing }, 4);
    const small = [start(0), start(0)];
    const wide = start(1, { initialSeats: 3 });
    const huge = start(2, { initialSeats: 9 });
    assert.equal(wide.decision, 'wait');
    set.finish(small[0]!.request);
    assert.equal(decisions([wide, huge]), 'execute,wait');
    set.finish(small[1]!.request);
    assert.equal(huge.decision, 'wait');
    assert.ok(statistics.noAccommodation > 0);
    set.finish(wide.request);
    assert.equal(huge.decision, 'execute');
  });

  it('holds the seats of a write until watchers were told of it', async () => {
    set.configure({ isExempt: false, queuing }, 4);
    const write = start(0, { finalSeats: 4, additionalMs: 20 });
    const next = start(1);
    assert.equal(next.decision, 'wait');
    set.finish(write.request);
    assert.equal(next.decision, 'wait');
    await clock.advance(19);
    assert.equal(next.decision, 'wait');
    await clock.advance(1);
    assert.equal(next.decision, 'execute');
  });

  it('holds fewer seats for longer where there are not so many', async () => {
    set.configure({ isExempt: false, queuing }, 2);
    set.finish(start(0, { finalSeats: 4, additionalMs: 20 }).request);
    assert.equal(set.seatsInUse, 2);
    await clock.advance(39);
    assert.equal(set.seatsInUse, 2);
    await clock.advance(1);
    assert.equal(set.seatsInUse, 0);
  });

  it('takes out who will not wait any longer, once', () => {
    set.configure({ isExempt: false, queuing }, 1);
    const all = [start(), start(), start()];
    assert.equal(set.eject(all[1]!.request, 'time-out'), true);
    assert.equal(set.eject(all[1]!.request, 'cancelled'), false);
    assert.equal(set.eject(all[0]!.request, 'time-out'), false);
    set.finish(all[0]!.request);
    assert.equal(decisions(all), 'execute,wait,execute');
    assert.deepEqual(statistics.rejected, { 'concurrency-limit': 0, 'queue-full': 0, 'time-out': 1, cancelled: 0 });
  });

  const changes: [string, QueueSetConfig, number, string][] = [
    ['more seats', { isExempt: false, queuing }, 3, 'execute,execute,execute,wait'],
    ['fewer queues', { isExempt: false, queuing: { ...queuing, queues: 1 } }, 2, 'execute,execute,wait,wait'],
    ['no queues', { isExempt: false }, 4, 'execute,execute,execute,execute'],
  ];
  for (const [what, config, limit, expected] of changes)
    it(`takes ${what} at once, and serves what waits`, () => {
      set.configure({ isExempt: false, queuing }, 1);
      const all = [start(0), start(1), start(2), start(3)];
      set.configure(config, limit);
      assert.equal(decisions(all), expected);
      for (const { request } of all) set.finish(request);
      assert.equal(set.queues.length, config.queuing?.queues ?? 0);
      assert.ok(set.isIdle);
    });

  it('tells how many seats are wanted', () => {
    set.configure({ isExempt: false, queuing }, 1);
    for (let i = 0; i < 3; i++) start(0, { initialSeats: 2 });
    assert.equal(demand.take().highWatermark, 6);
  });
});
