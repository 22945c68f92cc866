/**
 * One polite live region for the whole page: short confirmations such as "Copied" that have no place of their own.
 * It is made on first use and outlives every component.
 */
let region: HTMLElement | undefined;

export function announce(message: string): void {
  if (region === undefined || !region.isConnected) {
    region = document.createElement("div");
    region.setAttribute("role", "status");
    region.className = "sr-only";
    document.body.append(region);
  }
  // Emptied first, so that the same message is read again.
  region.textContent = "";
  const target = region;
  requestAnimationFrame(() => {
    target.textContent = message;
  });
}
