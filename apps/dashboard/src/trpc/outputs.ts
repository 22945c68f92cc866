/** What the procedures answer: the types that pages are written against. */
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "@/server/routers/index.ts";

type Outputs = inferRouterOutputs<AppRouter>;
type Inputs = inferRouterInputs<AppRouter>;

export type Me = Outputs["session"]["me"];
export type Role = Me["memberships"][number]["role"];
export type SessionRow = Outputs["session"]["list"][number];

export type PasskeySummary = Outputs["passkey"]["list"][number];

export type ShownSecret = Outputs["secondFactor"]["begin"];
export type Identity = Outputs["identity"]["list"]["identities"][number];

export type TeamFacts = Outputs["team"]["get"];
export type TeamSettings = Omit<Inputs["team"]["configure"], "team">;

export type ActivityFilter = Pick<Inputs["activity"]["list"], "about" | "days" | "search">;

export type DeviceSummary = Outputs["device"]["list"]["devices"][number];
export type DeviceStatus = DeviceSummary["status"];
export type DeviceDetail = Outputs["device"]["get"];
export type DevicePath = DeviceDetail["peers"][number];
export type DeviceMetrics = Outputs["device"]["metrics"];
export type MetricRange = NonNullable<Inputs["device"]["metrics"]["range"]>;

export type TokenSummary = Outputs["token"]["list"][number];
export type CreatedToken = Outputs["token"]["create"];
export type TokenInput = Omit<Inputs["token"]["create"], "team">;
export type TokenProgress = Outputs["token"]["progress"];
export type DeviceProgress = TokenProgress["devices"][number];

export type ApiTokenSummary = Outputs["apiToken"]["list"][number];
export type CreatedApiToken = Outputs["apiToken"]["create"];

export type WebhookSummary = Outputs["webhook"]["list"][number];
export type CreatedWebhook = Outputs["webhook"]["create"];
export type DeliverySummary = Outputs["webhook"]["deliveries"][number];

export type ConnectionSummary = Outputs["connection"]["list"]["connections"][number];
export type ConnectionDetail = Outputs["connection"]["get"];
export type AttemptSummary = ConnectionDetail["attempts"][number];
export type AttemptDetail = NonNullable<ConnectionDetail["attempt"]>;
export type NatMatrix = Outputs["connection"]["matrix"];
export type PairState = ConnectionSummary["state"];

export type MemberSummary = Outputs["member"]["list"][number];
export type InviteSummary = Outputs["invite"]["list"][number];
export type ShownInvite = Outputs["invite"]["create"];
export type InviteView = Outputs["invite"]["view"];

export type LivePolicy = NonNullable<Outputs["policy"]["get"]>;
export type PolicyVersion = Outputs["policy"]["version"];
export type PolicyRollout = Outputs["policy"]["rollout"];
export type PolicySubject = Outputs["policy"]["subjects"][number];
export type PolicyVersionSummary = Outputs["policy"]["versions"][number];
export type PolicyReview = Outputs["policy"]["review"];
export type RelayList = Outputs["relay"]["list"];
export type RelaySummary = RelayList["relays"][number];

export type AuditEvent = Outputs["activity"]["list"]["events"][number];

/** What the events subscription yields. */
export type { HintKind, TeamEvent } from "@/server/events/hint.ts";
