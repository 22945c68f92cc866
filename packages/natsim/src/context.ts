import type { AddressBook } from "./address-book.ts";
import type { Ledger } from "./ledger.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What every part of one simulation shares. */
export type SimContext = {
  readonly time: VirtualTime;
  /** Forked by each part that draws from it. */
  readonly random: SeededRandom;
  readonly book: AddressBook;
  readonly ledger: Ledger;
};
