/**
 * Flags of a command, each also an environment variable and a line of the config file: `--state-dir` is
 * `PINHOLE_STATE_DIR`, and `--no-port-mapping` is `PINHOLE_PORT_MAPPING=0`. The command line wins over the environment, the environment over the file.
 */
import { readFileSync } from "node:fs";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { err, ok, type Result } from "@pinhole/protocol";
import type { Io } from "./command.ts";

const CONFIG_FILE = "/etc/pinhole/config";

type Values<Options extends ParseArgsOptionsConfig> = {
  readonly [Name in keyof Options]?: Options[Name]["type"] extends "boolean" ? boolean : string;
};

export type Flags<Options extends ParseArgsOptionsConfig> = {
  readonly values: Values<Options>;
  readonly positionals: readonly string[];
};

/** The error is a sentence for people. */
export function parseFlags<const Options extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Options,
  env: Io["env"],
): Result<Flags<Options>, string> {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, allowNegative: true, strict: true });
  } catch (error) {
    return err(firstSentence(error));
  }
  const file = readConfig(env.PINHOLE_CONFIG ?? CONFIG_FILE, env.PINHOLE_CONFIG !== undefined);
  if (!file.ok) return file;
  const values: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(options)) {
    const variable = `PINHOLE_${name.toUpperCase().replaceAll("-", "_")}`;
    const outside = env[variable] ?? file.value.get(variable);
    const value = parsed.values[name] ?? (outside === "" ? undefined : outside);
    if (value === undefined) continue;
    values[name] =
      type === "boolean" && typeof value === "string" ? !["0", "false", "no", "off"].includes(value) : value;
  }
  // Built from `options` key by key above, with the type that each names.
  return ok({ values: values as Values<Options>, positionals: parsed.positionals });
}

/** `KEY=value` lines, as systemd reads them too. */
export function parseConfig(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(PINHOLE_[A-Z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    entries.set(match[1], match[2].replace(/^(["'])(.*)\1$/, "$2"));
  }
  return entries;
}

function readConfig(path: string, isRequired: boolean): Result<Map<string, string>, string> {
  try {
    return ok(parseConfig(readFileSync(path, "utf8")));
  } catch (error) {
    return isRequired ? err(`The config file ${path} cannot be read: ${firstSentence(error)}`) : ok(new Map());
  }
}

function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/\.\s|\n/)[0] ?? text;
}
