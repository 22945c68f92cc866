/** Passwords as argon2id hashes in PHC string format. */
import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import * as z from "zod";

const derive = promisify(argon2);

/** OWASP's first choice: 19 MiB, two passes; about 60 ms of one core. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG_BYTES = 32;

/** Long passphrases are welcome; unbounded ones would be a way to keep the server busy. */
export const MAX_PASSWORD_LENGTH = 256;
export const passwordSchema = z.string().min(10).max(MAX_PASSWORD_LENGTH);

export const emailSchema = z.string().trim().toLowerCase().max(254).pipe(z.email());

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const tag = await derive("argon2id", { message: normalize(password), nonce: salt, ...COST, tagLength: TAG_BYTES });
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${encode(salt)}$${encode(tag)}`;
}

/** Stands in place of a hash where an account has no password: no password matches it. */
export const NO_PASSWORD = "none";

export const isPasswordHash = (text: string): boolean => text.startsWith("$argon2id$");

export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,64})\$([\w+/]{43})$/.exec(hash);
  if (parsed === null) return false;
  const [, memory, passes, parallelism, salt = "", tag = ""] = parsed;
  const expected = Buffer.from(tag, "base64");
  const actual = await derive("argon2id", {
    message: normalize(password),
    nonce: Buffer.from(salt, "base64"),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  });
  return timingSafeEqual(actual, expected);
}

/** One password typed on two keyboards must be one password. */
const normalize = (password: string) => password.normalize("NFC");

const encode = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
