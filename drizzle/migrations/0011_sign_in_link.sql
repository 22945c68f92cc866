CREATE TABLE `sign_in_link` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`by` text NOT NULL,
	`secret_hash` text NOT NULL,
	`expires_at` integer NOT NULL,
	`used_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sign_in_link_secret_unique` ON `sign_in_link` (`secret_hash`);--> statement-breakpoint
CREATE INDEX `sign_in_link_user_idx` ON `sign_in_link` (`user_id`);