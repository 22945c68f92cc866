CREATE TABLE `invite` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`role` text NOT NULL,
	`email` text,
	`secret_hash` text NOT NULL,
	`expires_at` integer NOT NULL,
	`accepted_at` integer,
	`accepted_by` text,
	`revoked_at` integer,
	`created_by` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`accepted_by`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE set null,
	FOREIGN KEY (`created_by`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE UNIQUE INDEX `invite_secret_unique` ON `invite` (`secret_hash`);--> statement-breakpoint
CREATE INDEX `invite_team_idx` ON `invite` (`team_id`);--> statement-breakpoint
CREATE TRIGGER `membership_last_owner_kept_update` BEFORE UPDATE OF `role` ON `membership`
WHEN OLD.`role` = 'owner' AND NEW.`role` <> 'owner'
	AND NOT EXISTS (SELECT 1 FROM `membership` WHERE `team_id` = OLD.`team_id` AND `role` = 'owner' AND `user_id` <> OLD.`user_id`)
BEGIN
	SELECT RAISE(ABORT, 'a team keeps its last owner');
END;--> statement-breakpoint
CREATE TRIGGER `membership_last_owner_kept_delete` BEFORE DELETE ON `membership`
WHEN OLD.`role` = 'owner'
	AND EXISTS (SELECT 1 FROM `team` WHERE `id` = OLD.`team_id`)
	AND NOT EXISTS (SELECT 1 FROM `membership` WHERE `team_id` = OLD.`team_id` AND `role` = 'owner' AND `user_id` <> OLD.`user_id`)
BEGIN
	SELECT RAISE(ABORT, 'a team keeps its last owner');
END;
