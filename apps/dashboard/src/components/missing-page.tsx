import { ButtonLink } from "./button.tsx";
import { ErrorPage } from "./error-page.tsx";

export function MissingPage() {
  return (
    <ErrorPage
      title="There is nothing here"
      actions={
        <ButtonLink look="primary" href="/">
          Go to devices
        </ButtonLink>
      }
    >
      The address is wrong, what it named was removed, or it belongs to a team that you are not in.
    </ErrorPage>
  );
}
