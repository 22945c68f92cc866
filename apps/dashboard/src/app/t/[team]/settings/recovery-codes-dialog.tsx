import { Button } from "@/components/button.tsx";
import { CopyButton } from "@/components/copy-button.tsx";
import { Dialog } from "@/components/dialog.tsx";

type Props = { readonly codes: readonly string[]; readonly onClose: () => void };

/** The one place where they are shown. */
export function RecoveryCodesDialog({ codes, onClose }: Props) {
  return (
    <Dialog open onClose={onClose} title="Keep these recovery codes">
      <p className="mb-3 text-muted">
        They are shown once. Each signs you in once when the app is lost. Keep them where the app is not: on paper, or
        in a password manager.
      </p>
      <ul
        aria-label="Recovery codes"
        className="mb-3 grid gap-x-4 gap-y-1 rounded-md border border-hairline bg-sunken p-3 font-mono text-sm sm:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code} className="[overflow-wrap:anywhere]">
            {code}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap justify-end gap-2">
        <CopyButton wide text={`${codes.join("\n")}\n`} what="codes" />
        <Button onClick={onClose}>I have kept them</Button>
      </div>
    </Dialog>
  );
}
