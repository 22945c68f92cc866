import type { NatMatrix } from "@/trpc/outputs.ts";

export const NAT_KIND_WORDS: Record<NatMatrix["kinds"][number]["kind"], string> = {
  open: "Open",
  "easy-open": "Easy, lets anyone in",
  "easy-address": "Easy, by address",
  "easy-port": "Easy, by port",
  counting: "Hard, counts ports",
  drawing: "Hard, draws ports",
  blocked: "UDP blocked",
  unmeasured: "Not measured",
};
