import { createHash } from 'node:crypto';

/**
 * The queues a flow may use: `handSize` different ones out of `queues`, the same for the same flow, and for two flows
 * rarely the same hand. A flow is a flow schema and what its distinguisher method tells apart (KEP-1040, shuffle sharding).
 */
export function dealHand(
  flow: { readonly flowSchema: string; readonly distinguisher: string },
  deck: { readonly queues: number; readonly handSize: number },
): readonly number[] {
  let entropy = createHash('sha256').update(`${flow.flowSchema}\0${flow.distinguisher}`).digest().readBigUInt64LE(0);
  const hand: number[] = [];
  for (let dealt = 0; dealt < deck.handSize; dealt++) {
    const left = BigInt(deck.queues - dealt);
    hand.push(Number(entropy % left));
    entropy /= left;
  }
  return toCards(hand);
}

/** Each number counts only the cards still in the deck when it was drawn; the cards drawn before it are skipped. */
function toCards(draws: readonly number[]): number[] {
  return draws.map((draw, at) => {
    let card = draw;
    for (let before = at - 1; before >= 0; before--) if (card >= draws[before]!) card++;
    return card;
  });
}
