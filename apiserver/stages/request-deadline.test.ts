import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { textResponse } from '../server/responses.ts';
import { createRequestDeadline, type RequestDeadline } from './request-deadline.ts';
import { requestInfoOf } from './request-info.ts';

describe('request deadline', () => {
  let clock: FakeClock;
  let deadline: RequestDeadline;

  beforeEach(() => {
    clock = createFakeClock();
    deadline = createRequestDeadline(clock, { requestTimeoutMs: 60_000 });
  });

  interface Asked {
    readonly cancelled: unknown[];
    readonly given: number[];
    readonly finish: (response: ApiResponse) => void;
    answer: ApiResponse | undefined;
  }

  function ask(url: string): Asked {
    const [path = '', text = ''] = url.split('?');
    const cancelled: unknown[] = [];
    const given: number[] = [];
    const request = {
      method: 'GET',
      path,
      query: new URLSearchParams(text),
      headers: {},
      cancel: (reason: Error) => void cancelled.push(reason),
    } as unknown as ApiRequest;
    const work = Promise.withResolvers<ApiResponse>();
    const asked: Asked = { cancelled, given, finish: work.resolve, answer: undefined };
    void deadline
      .run(request, requestInfoOf(request), (timeoutMs) => {
        given.push(timeoutMs);
        return work.promise;
      })
      .then((answer) => (asked.answer = answer));
    return asked;
  }

  const bodyOf = ({ answer }: Asked): unknown =>
    answer?.body.kind === 'bytes' ? JSON.parse(String(answer.body.chunks[0])) : undefined;

  const times: [string, number][] = [
    ['/api/v1/pods', 60_000],
    ['/api/v1/pods?timeout=5s', 5000],
    ['/api/v1/pods?timeout=1m30s', 60_000],
    ['/api/v1/pods?timeout=0s', 60_000],
    ['/api/v1/pods?timeout=-5s', 60_000],
    ['/api/v1/pods?timeout=', 60_000],
  ];
  for (const [url, ms] of times)
    it(`of ${url} is after ${ms} ms`, async () => {
      const asked = ask(url);
      await clock.advance(ms - 1);
      assert.deepEqual([asked.answer, asked.given], [undefined, [ms]]);
      await clock.advance(1);
      assert.equal(asked.answer?.status, 504);
      assert.deepEqual(bodyOf(asked), {
        metadata: {},
        status: 'Failure',
        message: 'Timeout: request did not complete within the allotted timeout',
        reason: 'Timeout',
        details: {},
        code: 504,
      });
      assert.equal(asked.cancelled.length, 1);
    });

  for (const text of ['5', 'abc', '5x', '99999999999999h'])
    it(`refuses timeout=${text}`, async () => {
      const asked = ask(`/api/v1/pods?timeout=${text}`);
      await clock.advance(0);
      assert.equal(asked.answer?.status, 400);
      assert.match(
        (bodyOf(asked) as { message: string }).message,
        /^invalid timeout specified in the request URL - time: /,
      );
    });

  it('does not touch what is done in time', async () => {
    const asked = ask('/api/v1/pods');
    asked.finish(textResponse(200, 'ok'));
    await clock.advance(120_000);
    assert.equal(asked.answer?.status, 200);
    assert.deepEqual(asked.cancelled, []);
    assert.equal(clock.pending, 0);
  });

  it('counts from the beginning of each of many', async () => {
    const first = ask('/api/v1/pods');
    await clock.advance(30_000);
    const second = ask('/api/v1/pods');
    await clock.advance(30_000);
    assert.deepEqual([first.answer?.status, second.answer], [504, undefined]);
    await clock.advance(30_000);
    assert.equal(second.answer?.status, 504);
  });

  for (const url of [
    '/api/v1/pods?watch=true',
    '/api/v1/namespaces/x/pods/p/log',
    '/api/v1/namespaces/x/pods/p/exec?timeout=1s',
  ])
    it(`there is none for ${url}`, async () => {
      const asked = ask(url);
      await clock.advance(600_000);
      assert.deepEqual([asked.answer, asked.given], [undefined, [0]]);
    });
});
