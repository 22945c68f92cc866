/** What a command may touch. Everything else it needs arrives as an argument. */
export type Io = {
  readonly stdout: (line: string) => void;
  readonly stderr: (line: string) => void;
  /** All of standard input, for `--token -`. Bounded. */
  readonly readStdin: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
};

/** Others script against these. */
export const ExitCode = { Ok: 0, Failed: 1, Usage: 2, NotRunning: 3 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export type Command = {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly usage: string;
  readonly run: (argv: readonly string[], io: Io) => Promise<ExitCode>;
};
