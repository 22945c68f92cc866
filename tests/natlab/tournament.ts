/**
 * Plays matches side by side so that nobody is in two at once and no more than so many are under way.
 *
 * A pair that is meeting may send as much as its host is allowed to: in two matches at once, each would have half of it.
 */
export type Match<Player> = readonly [Player, Player];

/** Results in the order of `matches`. They are played in that order too, as far as the players are free. */
export function playAll<Player, Result>(
  matches: readonly Match<Player>[],
  { seats, play }: { readonly seats: number; readonly play: (match: Match<Player>) => Promise<Result> },
): readonly Promise<Result>[] {
  const results = matches.map(() => Promise.withResolvers<Result>());
  // Whoever awaits a result hears of its failure; that others await theirs first must not end the process.
  for (const { promise } of results) promise.catch(() => {});
  const waiting = new Set(matches.keys());
  const playing = new Set<Player>();
  let taken = 0;

  const seatNext = (): void => {
    for (const index of waiting) {
      if (taken >= seats) return;
      const match = matches[index];
      if (match === undefined || match.some((player) => playing.has(player))) continue;
      waiting.delete(index);
      void start(index, match);
    }
  };
  const start = async (index: number, match: Match<Player>): Promise<void> => {
    taken++;
    for (const player of match) playing.add(player);
    try {
      results[index]?.resolve(await play(match));
    } catch (error) {
      results[index]?.reject(error);
    }
    for (const player of match) playing.delete(player);
    taken--;
    seatNext();
  };
  seatNext();
  return results.map(({ promise }) => promise);
}
