"use client";

import { useEffect } from "react";
import { Button, ButtonLink } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { ErrorPage } from "./error-page.tsx";

export type FailedPageProps = { readonly error: Error & { digest?: string }; readonly retry: () => void };

export function FailedPage({ error, retry }: FailedPageProps) {
  useEffect(() => {
    console.error(error);
  }, [error]);

  return (
    <ErrorPage
      title="This page could not be shown"
      reference={error.digest}
      actions={
        <>
          <Button look="primary" onClick={retry}>
            Try again
          </Button>
          <ButtonLink href="/">Go to devices</ButtonLink>
          <CopyButton text={diagnostics(error)} what="diagnostics" />
        </>
      }
    >
      The server or the page itself failed. Nothing is known to have changed. If it stays like this, the server's output
      says more.
    </ErrorPage>
  );
}

function diagnostics(error: Error & { digest?: string }): string {
  return [
    `page: ${typeof window === "undefined" ? "" : window.location.pathname}`,
    `time: ${new Date().toISOString()}`,
    `reference: ${error.digest ?? "none"}`,
    `message: ${error.message}`,
  ].join("\n");
}
