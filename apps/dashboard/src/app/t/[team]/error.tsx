"use client";

import { FailedPage, type FailedPageProps } from "@/components/failed-page.tsx";

/** Inside the shell: the rest of the dashboard stays within reach. */
export default function TeamErrorBoundary(props: FailedPageProps) {
  return <FailedPage {...props} />;
}
