/**
 * From several tries of the filtering test to its verdict; pure. Each is of a fresh socket that asked one server address
 * alone, for answers from elsewhere and then for one from there.
 *
 * What arrived proves that the filter lets it in. Silence proves nothing by itself: a packet may be lost, and a server's
 * other address may be down. It counts when the plain answers of the same sockets came, two at least, and
 * the main socket was answered from where the silence is.
 */
import type { FilteringTest } from "../stun/classify-nat.ts";

export type TryResult = "arrived" | "silent" | "refused" | "not-asked";

export type FilterTry = {
  readonly isPlainAnswered: boolean;
  readonly fromOtherAddressAndPort: TryResult;
  readonly fromOtherPort: TryResult;
};

/** Sources that the main socket has heard. */
export type Heard = { readonly otherAddress: boolean; readonly otherPort: boolean };

const MIN_SILENT = 2;

export function judgeFilter(tries: readonly FilterTry[], heard: Heard): FilteringTest {
  const counted = tries.filter(({ isPlainAnswered }) => isPlainAnswered);
  const judge = (kind: "fromOtherAddressAndPort" | "fromOtherPort", isHeard: boolean): boolean | undefined => {
    if (tries.some((each) => each[kind] === "arrived")) return true;
    const silent = counted.filter((each) => each[kind] === "silent").length;
    return isHeard && silent >= MIN_SILENT ? false : undefined;
  };
  return {
    fromOtherAddressAndPort: judge("fromOtherAddressAndPort", heard.otherAddress),
    fromOtherPort: judge("fromOtherPort", heard.otherPort),
  };
}
