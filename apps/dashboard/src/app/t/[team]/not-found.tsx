import { MissingPage } from "@/components/missing-page.tsx";

export default function TeamNotFound() {
  return <MissingPage />;
}
