ALTER TABLE `invite` ADD `mail` text;--> statement-breakpoint
ALTER TABLE `invite` ADD `mailed_at` integer;