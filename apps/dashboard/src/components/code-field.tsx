"use client";

import { useState } from "react";
import { Button } from "./button.tsx";
import { TextField } from "./field.tsx";

type Props = { readonly error?: string | undefined; readonly takesFocus?: boolean };

/** A code of the app, or a recovery code for who lost it. The server tells them apart. */
export function CodeField({ error, takesFocus = false }: Props) {
  const [isRecovery, setRecovery] = useState(false);
  return (
    <div className="flex flex-col items-start gap-2">
      <div className="w-full">
        <TextField
          // A fresh one for each: what was typed for the other is of no use.
          key={isRecovery ? "recovery" : "app"}
          ref={(input) => {
            if (takesFocus || isRecovery) input?.focus();
          }}
          label={isRecovery ? "Recovery code" : "Code"}
          name="code"
          required
          maxLength={64}
          autoComplete={isRecovery ? "off" : "one-time-code"}
          autoCapitalize={isRecovery ? "characters" : "off"}
          spellCheck={false}
          inputMode={isRecovery ? "text" : "numeric"}
          className="font-mono"
          error={error}
          hint={isRecovery ? "One of those that you kept. Each is good once." : "Six digits, from your app."}
        />
      </div>
      <Button look="quiet" className="-ms-3" onClick={() => setRecovery(!isRecovery)}>
        {isRecovery ? "Use a code of the app" : "Use a recovery code"}
      </Button>
    </div>
  );
}
