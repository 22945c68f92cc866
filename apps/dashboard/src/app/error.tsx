"use client";

import { FailedPage, type FailedPageProps } from "@/components/failed-page.tsx";

export default function ErrorBoundary(props: FailedPageProps) {
  return (
    <main>
      <FailedPage {...props} />
    </main>
  );
}
