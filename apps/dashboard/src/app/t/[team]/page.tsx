import { redirect } from "next/navigation";

export default async function TeamPage({ params }: { readonly params: Promise<{ team: string }> }) {
  const { team } = await params;
  redirect(`/t/${team}/devices`);
}
