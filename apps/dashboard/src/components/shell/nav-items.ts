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

export type NavItem = {
  /** The path segment below the team's. */
  readonly segment: string;
  readonly label: string;
  readonly Icon: LucideIcon;
  /** After `g`, goes there. */
  readonly key: string;
};

export const NAV_ITEMS: readonly NavItem[] = [
  { segment: "devices", label: "Devices", Icon: Laptop, key: "d" },
  { segment: "connections", label: "Connections", Icon: Cable, key: "c" },
  { segment: "relays", label: "Relays", Icon: Waypoints, key: "r" },
  { segment: "policies", label: "Policies", Icon: ScrollText, key: "p" },
  { segment: "enrollment", label: "Enrollment", Icon: KeyRound, key: "e" },
  { segment: "members", label: "Members", Icon: Users, key: "m" },
  { segment: "activity", label: "Activity", Icon: History, key: "a" },
  { segment: "settings", label: "Settings", Icon: Settings, key: "s" },
];
