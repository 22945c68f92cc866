/**
 * Structured log: one line a record, `time level message key=value…`.
 *
 * DEBUG is the highest level at which a customer's address may appear; keys and tokens appear at none. Values are
 * escaped, so that a name from the network cannot forge a line.
 */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 } as const;

export type LogLevel = keyof typeof LEVELS;
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;
export type Log = {
  readonly [Level in LogLevel]: (message: string, fields?: LogFields) => void;
};

export const isLogLevel = (text: string): text is LogLevel => text in LEVELS;

export function newLog(write: (line: string) => void, level: LogLevel, wallClock: () => number): Log {
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LEVELS[name] < LEVELS[level]) return;
      const pairs = Object.entries(fields).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}=${quote(value)}`],
      );
      write([new Date(wallClock()).toISOString(), name.toUpperCase().padEnd(5), message, ...pairs].join(" "));
    };
  return { trace: at("trace"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function quote(value: string | number | boolean | null): string {
  const text = String(value);
  return /^[\w.:/@%+-]+$/.test(text) ? text : JSON.stringify(text);
}
