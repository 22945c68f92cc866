/**
 * Whether a gateway still remembers what it granted, by the seconds that it says it has been up (RFC 6887 §8.5; NAT-PMP
 * counts the same way, RFC 6886 §3.6). A count that does not grow as our clock does means that it started over.
 */

/** Two clocks may disagree by this and a sixteenth of the time that passed. */
const TOLERANCE_S = 2;

export class EpochWatch {
  #last: { readonly epochS: number; readonly at: number } | undefined;

  /** Takes the epoch of an answer; true when everything granted before it may be lost. `at` is monotonic milliseconds. */
  sawReset(epochS: number, at: number): boolean {
    const last = this.#last;
    this.#last = { epochS, at };
    if (last === undefined) return false;
    // Answers may overtake each other: one second back is no reset.
    if (epochS + 1 < last.epochS) return true;
    const ours = (at - last.at) / 1_000;
    const theirs = epochS - last.epochS;
    return ours + TOLERANCE_S < theirs - theirs / 16 || theirs + TOLERANCE_S < ours - ours / 16;
  }
}
