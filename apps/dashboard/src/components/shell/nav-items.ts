import {
  Cable,
  History,
  KeyRound,
  Laptop,
  type LucideIcon,
  ScrollText,
  Settings,
  Users,
  Waypoints,
} from "lucide-react";
import { type Capability, hasCapability, type Role } from "@pinhole/protocol/team";

export type NavItem = {
  /** The path segment below the team's. */
  readonly segment: string;
  readonly label: string;
  readonly Icon: LucideIcon;
  /** After `g`, goes there. */
  readonly key: string;
  /** Without it the page has nothing to show. */
  readonly capability?: Capability;
};

const NAV_ITEMS: readonly NavItem[] = [
  { segment: "devices", label: "Devices", Icon: Laptop, key: "d" },
  { segment: "connections", label: "Connections", Icon: Cable, key: "c" },
  { segment: "relays", label: "Relays", Icon: Waypoints, key: "r", capability: "devices.view" },
  { segment: "policies", label: "Policies", Icon: ScrollText, key: "p", capability: "policy.view" },
  { segment: "enrollment", label: "Enrollment", Icon: KeyRound, key: "e" },
  { segment: "members", label: "Members", Icon: Users, key: "m", capability: "members.view" },
  { segment: "activity", label: "Activity", Icon: History, key: "a", capability: "activity.view" },
  { segment: "settings", label: "Settings", Icon: Settings, key: "s" },
];

/** A link that leads to "your role does not include this" is of no use to anybody. */
export function navItemsFor(role: Role): readonly NavItem[] {
  return NAV_ITEMS.filter(({ capability }) => capability === undefined || hasCapability(role, capability));
}
