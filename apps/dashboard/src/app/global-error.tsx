"use client";

import { FailedPage, type FailedPageProps } from "@/components/failed-page.tsx";
import "./globals.css";

/** Stands in for the root layout itself, so it brings its own document. */
export default function GlobalErrorBoundary(props: FailedPageProps) {
  return (
    <html lang="en">
      <body>
        <title>Failed · Pinhole</title>
        <main>
          <FailedPage {...props} />
        </main>
      </body>
    </html>
  );
}
