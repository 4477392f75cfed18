import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { dealHand } from './shuffle-sharding.ts';

describe('shuffle sharding', () => {
  const decks = [
    { queues: 1, handSize: 1 },
    { queues: 8, handSize: 8 },
    { queues: 64, handSize: 6 },
    { queues: 128, handSize: 6 },
    { queues: 1024, handSize: 5 },
  ];
  for (const deck of decks)
    it(`deals ${deck.handSize} different queues of ${deck.queues}, the same to the same flow`, () => {
      for (let i = 0; i < 200; i++) {
        const flow = { flowSchema: 'schema', distinguisher: `user-${i}` };
        const hand = dealHand(flow, deck);
        assert.equal(new Set(hand).size, deck.handSize);
        assert.ok(hand.every((queue) => queue >= 0 && queue < deck.queues));
        assert.deepEqual(dealHand(flow, deck), hand);
      }
    });

  it('uses every queue about as often, whatever the place in the hand', () => {
    const counts = new Array<number>(16).fill(0);
    const flows = 4000;
    for (let i = 0; i < flows; i++)
      for (const queue of dealHand({ flowSchema: 's', distinguisher: String(i) }, { queues: 16, handSize: 4 }))
        counts[queue]!++;
    for (const count of counts) assert.ok(Math.abs(count - flows / 4) < flows / 40, `${counts.join()}`);
  });

  it('does not mix up schema and distinguisher', () => {
    const deck = { queues: 1024, handSize: 8 };
    assert.notDeepEqual(
      dealHand({ flowSchema: 'a', distinguisher: 'bc' }, deck),
      dealHand({ flowSchema: 'ab', distinguisher: 'c' }, deck),
    );
  });
});
