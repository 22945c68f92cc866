/** What a change of the team's settings has brought about. Pure. */
import type { TeamSettings } from "@/trpc/outputs.ts";

export type SettingsWords = { readonly title: string; readonly next: string };

export function settingsWords(changed: TeamSettings): SettingsWords {
  const { maySpray, needsApproval, keyLifetimeDays, removeUnseenDays } = changed;
  if (needsApproval !== undefined) {
    return needsApproval
      ? { title: "New devices wait for approval", next: "Those that have enrolled already stay." }
      : { title: "New devices need no approval", next: "Those that wait still have to be let in." };
  }
  if (keyLifetimeDays !== undefined) {
    const title = keyLifetimeDays === null ? "Keys do not expire" : `Keys are good for ${keyLifetimeDays} days`;
    return { title, next: "For devices that enroll or are renewed from now on." };
  }
  if (removeUnseenDays !== undefined) {
    return removeUnseenDays === null
      ? { title: "Devices stay, however long they are away", next: "Ephemeral ones still go by themselves." }
      : { title: `Devices go when they are not seen for ${removeUnseenDays} days`, next: "Within ten minutes." };
  }
  return maySpray === true
    ? { title: "Many ports may be tried", next: "From the next attempt on." }
    : { title: "Many ports are not tried", next: "From the next attempt on; pairs that need it stay on the relay." };
}

/** What a change says of devices, without the rest. */
export function given({ needsApproval, keyLifetimeDays, removeUnseenDays }: TeamSettings) {
  return {
    ...(needsApproval === undefined ? {} : { needsApproval }),
    ...(keyLifetimeDays === undefined ? {} : { keyLifetimeDays }),
    ...(removeUnseenDays === undefined ? {} : { removeUnseenDays }),
  };
}
