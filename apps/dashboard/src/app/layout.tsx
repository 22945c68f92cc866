import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { ClockProvider } from "@/components/clock.tsx";
import { parseTheme, THEME_COOKIE } from "@/components/theme.ts";
import { StepUpDialog } from "@/components/step-up-dialog.tsx";
import { TipLayer } from "@/components/tip-layer.tsx";
import { Toasts } from "@/components/toast.tsx";
import { TrpcProvider } from "@/trpc/client.tsx";
import "./globals.css";

export const metadata: Metadata = {
  title: { template: "%s · Pinhole", default: "Pinhole" },
  description: "Devices, and the paths between them.",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { colorScheme: "light dark" };

export default async function RootLayout({ children }: { readonly children: React.ReactNode }) {
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <html
      lang="en"
      className={`${GeistSans.variable} ${GeistMono.variable}`}
      data-theme={theme === "system" ? undefined : theme}
      // The theme switch changes the attribute in the browser.
      suppressHydrationWarning
    >
      <body>
        <ClockProvider serverNow={requestTime()}>
          <TrpcProvider>
            {children}
            <StepUpDialog />
            <Toasts />
          </TrpcProvider>
          <TipLayer />
        </ClockProvider>
      </body>
    </html>
  );
}

/** Rendered once per request: a later render of the same tree does not happen on the server. */
function requestTime(): number {
  return Date.now();
}
