/** Base64url without padding (RFC 4648 §5): how keys, epochs and signatures are written in JSON. */
import * as z from "zod";
import { fromBase64Url } from "./base64url.ts";

export { fromBase64Url, toBase64Url } from "./base64url.ts";

/** Base64url text of exactly `length` bytes. */
export const bytesSchema = (length: number) =>
  z
    .string()
    .max(Math.ceil((length * 4) / 3))
    .refine((text) => fromBase64Url(text)?.length === length, `not ${length} bytes in base64url`);
