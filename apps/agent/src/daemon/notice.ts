/** What a daemon tells the `up` that started it, as JSON lines on a pipe. */
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
