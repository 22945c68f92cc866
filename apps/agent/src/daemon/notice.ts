/** What a daemon tells the `up` that started it, as JSON lines on a pipe. */
import { writeSync } from "node:fs";
import * as z from "zod";

export const noticeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("enrolled"), name: z.string(), team: z.string(), address: z.string() }),
  z.object({ kind: z.literal("running"), interface: z.string().nullable() }),
  z.object({ kind: z.literal("online") }),
  /** Running, but the dashboard cannot be reached; it goes on trying. */
  z.object({ kind: z.literal("offline"), problem: z.string() }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
]);
export type Notice = z.infer<typeof noticeSchema>;

/** The descriptor of the pipe. */
export const NOTICE_FD = 3;
export const NOTICE_VARIABLE = "PINHOLE_NOTICE_FD";

/** Writes nowhere when nobody has asked for notices, or has stopped listening. */
export function noticeWriter(variable: string | undefined): (notice: Notice) => void {
  let descriptor = variable === String(NOTICE_FD) ? NOTICE_FD : undefined;
  return (notice) => {
    if (descriptor === undefined) return;
    try {
      writeSync(descriptor, `${JSON.stringify(notice)}\n`);
    } catch {
      descriptor = undefined; // the `up` that started us has seen enough
    }
  };
}
