/**
 * How far one enrollment has come, as steps. Pure: what the server last said, and the time.
 *
 * A step that waits longer than is usual gets help that names the likely cause; nothing fails by itself, because the
 * machine may be anywhere between "command not pasted yet" and "done".
 */
import { natWords } from "@/components/words/nat-words.ts";
import { formatRtt } from "@/components/quantity.ts";
import type { DeviceProgress, TokenProgress } from "@/trpc/outputs.ts";

export type StepState = "done" | "waiting" | "ahead" | "failed";

export type Step = {
  readonly key: "token" | "registered" | "session" | "nat" | "path";
  readonly title: string;
  readonly state: StepState;
  readonly detail: string | null;
  readonly at: Date | null;
  readonly help: string | null;
};

/** Longer than the slowest of a healthy machine: download and start take half of it on a slow line. */
const STALL_MS = { token: 60_000, session: 15_000, nat: 15_000, path: 30_000 } as const;

type Input = {
  readonly progress: TokenProgress;
  readonly device: DeviceProgress | undefined;
  readonly serverUrl: string;
  /** When the command was first shown. */
  readonly shownAt: Date;
  readonly now: number;
};

export function checklist({ progress, device, serverUrl, shownAt, now }: Input): Step[] {
  if (device === undefined) return [tokenStep({ progress, serverUrl, shownAt, now }), ...AHEAD];
  const waited = now - device.registeredAt.getTime();
  const stalls = (key: keyof typeof STALL_MS) => waited > STALL_MS[key];
  const nat = device.natProfile === null ? undefined : natWords(device.natProfile);
  const steps: Step[] = [
    {
      key: "token",
      title: TITLE.token,
      state: "done",
      detail: null,
      at: progress.lastUsedAt ?? device.registeredAt,
      help: null,
    },
    {
      key: "registered",
      title: TITLE.registered,
      state: "done",
      detail: `${device.name}, ${device.os} ${device.arch}, agent ${device.agentVersion}, ${device.ipv4}`,
      at: device.registeredAt,
      help: null,
    },
    {
      key: "session",
      title: TITLE.session,
      state: device.online ? "done" : "waiting",
      detail: device.online ? "Online" : device.lastSeenAt === null ? null : "It was online and went away",
      at: device.online ? device.lastSeenAt : null,
      help:
        !device.online && stalls("session")
          ? "The machine enrolled, but its session is not open. Look at `pinhole status` on it; the service may not be running."
          : null,
    },
    {
      key: "nat",
      title: TITLE.nat,
      state: nat === undefined ? "waiting" : "done",
      detail: nat === undefined ? null : `${nat.badge}. ${nat.consequence}`,
      at: device.natProfile === null ? null : new Date(device.natProfile.measuredAt),
      help:
        nat === undefined && device.online && stalls("nat")
          ? "No STUN answer yet. If UDP to this server is blocked, the relay carries everything instead."
          : null,
    },
    pathStep(device, stalls("path")),
  ];
  return afterFirstWaiting(steps);
}

const TITLE = {
  token: "Token used",
  registered: "Device registered",
  session: "Control session open",
  nat: "NAT measured",
  path: "First path to another device",
} as const;

const AHEAD: readonly Step[] = (["registered", "session", "nat", "path"] as const).map((key) => ({
  key,
  title: TITLE[key],
  state: "ahead",
  detail: null,
  at: null,
  help: null,
}));

function tokenStep({ progress, serverUrl, shownAt, now }: Omit<Input, "device">): Step {
  const step = { key: "token", title: TITLE.token, at: null } as const;
  switch (progress.status) {
    case "expired":
      return { ...step, state: "failed", detail: "The token expired unused. Create another one.", help: null };
    case "revoked":
      return { ...step, state: "failed", detail: "The token was revoked. Create another one.", help: null };
    case "used-up":
      return {
        ...step,
        state: "done",
        detail: "The device that used it was revoked meanwhile.",
        at: progress.lastUsedAt,
        help: null,
      };
    case "usable":
      return {
        ...step,
        state: "waiting",
        detail: "Waiting for the machine",
        help:
          now - shownAt.getTime() > STALL_MS.token
            ? `No contact yet. If the command has run: check that the machine reaches ${serverUrl} over TCP, for example with curl, and read what the command printed.`
            : null,
      };
    default:
      return progress.status satisfies never;
  }
}

function pathStep(device: DeviceProgress, isStalled: boolean): Step {
  const step = { key: "path", title: TITLE.path } as const;
  const { firstPath } = device;
  if (device.standing === "awaiting-approval") {
    return {
      ...step,
      state: "waiting",
      detail: "It waits for somebody to let it in",
      at: null,
      help: "This team wants a person to approve each device: do so on its page, under Devices. Nothing has to be done on the machine.",
    };
  }
  if (firstPath === null && !device.hasPeers) {
    return {
      ...step,
      state: "done",
      detail: "It is the first device of the team: add another, and they find each other.",
      at: null,
      help: null,
    };
  }
  if (firstPath === null) {
    return {
      ...step,
      state: "waiting",
      detail: null,
      at: null,
      help: isStalled
        ? "No path yet. Paths are made for peers that are online and that the policy lets it see, when there is traffic: try `pinhole ping` to one of them."
        : null,
    };
  }
  const { peer, path } = firstPath;
  const rtt = path.rttMs === undefined ? "" : `, ${formatRtt(path.rttMs)}`;
  return {
    ...step,
    state: "done",
    detail:
      path.kind === "direct"
        ? `${device.name} reaches ${peer.name} directly${rtt}`
        : `${device.name} reaches ${peer.name} through a relay${rtt}`,
    at: new Date(path.since),
    help: null,
  };
}

/** One thing is waited for at a time, unless a later one is already there. */
function afterFirstWaiting(steps: readonly Step[]): Step[] {
  const first = steps.findIndex(({ state }) => state === "waiting");
  return steps.map((step, index) =>
    first !== -1 && index > first && step.state === "waiting" ? { ...step, state: "ahead", help: null } : step,
  );
}
