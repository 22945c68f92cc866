/**
 * A sealed note of a running attempt, carried by the server: for a pair whose policy lets no relay carry it. The server cannot
 * read it, and there is no room in it, nor are there enough of them, for data.
 */
import * as z from "zod";
import { deviceIdSchema } from "../ids.ts";

/** A full note in its envelope, 512 bytes, in base64url. */
const MAX_NOTE_CHARS = 683;

export const punchNoteSchema = z.object({
  /** To the server, whom it is for; from it, whom it is from. */
  peerId: deviceIdSchema,
  note: z.string().max(MAX_NOTE_CHARS),
});
export type PunchNote = z.infer<typeof punchNoteSchema>;
