/** The newest document of a team is none that this version reads: restored by hand, or written by a later one. */
export class UnreadablePolicy extends Error {}

/** Undefined while the document cannot be read, for who can do something without it. */
export function unlessUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadablePolicy) return undefined;
    throw error;
  }
}
