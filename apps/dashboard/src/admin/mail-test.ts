import { mailProblemWords } from "../components/words/mail-words.ts";
import { renderMail } from "../server/mail/mail-text.ts";
import { newMailer } from "../server/mail/mailer.ts";
import { emailSchema } from "../server/auth/password.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";

const usage = "usage: npm run -s admin -- mail test --to EMAIL";

/** Whether the mail server of the settings takes a mail, before somebody waits for one. */
export const mailTest: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, { to: { type: "string" } });
    if (!flags.ok) return usageError(io, flags.error, usage);
    const to = emailSchema.safeParse(flags.value.values.to);
    if (!to.success || flags.value.positionals.length > 0) return usageError(io, "An e-mail address is needed.", usage);
    const { mail, url } = io.readEnv();
    if (mail === undefined || url === undefined)
      return failed(io, "No mail server is set up: set PINHOLE_SMTP_URL and PINHOLE_MAIL_FROM (see .env.example).");
    const sent = await newMailer(mail).send({
      to: to.data,
      ...renderMail({
        subject: "A test mail of Pinhole",
        paragraphs: ["Mail from this server arrives: invites and links to sign in do as well."],
        button: "Open the dashboard",
        url,
        footer: "Somebody with access to the server asked for this.",
      }),
    });
    if (!sent.ok) return failed(io, `The mail to ${to.data} was not sent. ${mailProblemWords(sent.error)}`);
    io.stdout(`The mail server at ${mail.host} took the mail to ${to.data}.`);
    return ExitCode.Ok;
  },
};
