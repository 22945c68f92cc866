/**
 * Text from somebody else, as what it looks like: what nobody sees would make two names look like one, and what moves the
 * cursor or turns the line around would make a line of a log, a terminal or a page say what nobody wrote.
 */
import * as z from "zod";

/**
 * Control characters, those that are not drawn, halves of characters, private ones, line and paragraph separators, the
 * blank of Braille, and marks piled higher than any language does. A pictogram may say that it wants its colours.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800]|(?!\uFE0F)\p{Default_Ignorable_Code_Point}|(?<!\p{Extended_Pictographic})\uFE0F|\p{M}{5,}/u;
const EVERY_UNSEEN = new RegExp(UNSEEN, "gu");

/** Whether all of it can be seen, and any of it. */
export const isVisible = (text: string): boolean => !UNSEEN.test(text) && /[\p{L}\p{N}\p{P}\p{S}]/u.test(text);

/** What cannot be seen is replaced by a sign for it. */
export const toVisible = (text: string): string => text.replace(EVERY_UNSEEN, "\u{fffd}");

/** For what is shown and decides nothing: never a reason to refuse the message that it came in. */
export const visibleTextSchema = (maxLength: number) => z.string().max(maxLength).transform(toVisible);
