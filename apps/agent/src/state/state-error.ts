/** What is wrong with the state directory, in words for the operator. */
export class StateError extends Error {}

/** Runs what touches the disk; what the system refuses becomes a sentence with the path in it. */
export function inWords<T>(what: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new StateError(`${path} cannot be ${what}: ${reasonOf(String(error.code), error.message)}`, { cause: error });
  }
}

function reasonOf(code: string, message: string): string {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "no permission. Run this as the user who runs the agent (often: sudo), or name another --state-dir.";
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full.";
    case "EROFS":
      return "the file system is read-only.";
    case "ENOTDIR":
    case "EEXIST":
      return "something that is no directory is in the way.";
    default:
      return `${message}.`;
  }
}
