/** What the address says of the filter, and back. Pure. */
import type { ActivityFilter } from "@/trpc/outputs.ts";

export const ABOUT_WORDS = {
  devices: "Devices",
  connections: "Connections",
  policies: "Policies",
  people: "People",
  tokens: "Tokens",
  team: "Team",
} as const satisfies Record<NonNullable<ActivityFilter["about"]>, string>;

export const DAYS = [1, 7, 30, 90] as const;

const MAX_SEARCH = 100;

/** What makes no sense is left out: an address is typed by people, too. */
export function parseFilter(params: URLSearchParams): ActivityFilter {
  const about = (Object.keys(ABOUT_WORDS) as (keyof typeof ABOUT_WORDS)[]).find((key) => key === params.get("about"));
  const days = DAYS.find((count) => String(count) === params.get("days"));
  const search = params.get("q")?.trim().slice(0, MAX_SEARCH) ?? "";
  return {
    ...(about === undefined ? {} : { about }),
    ...(days === undefined ? {} : { days }),
    ...(search === "" ? {} : { search }),
  };
}

export const isFiltered = (filter: ActivityFilter): boolean => Object.keys(filter).length > 0;
