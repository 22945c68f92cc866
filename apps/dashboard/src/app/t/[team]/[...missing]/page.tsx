import { notFound } from "next/navigation";

/** An unknown address below a team still gets the team's shell around its "not found". */
export default function MissingTeamPage() {
  notFound();
}
