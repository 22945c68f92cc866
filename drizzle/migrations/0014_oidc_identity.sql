CREATE TABLE `oidc_identity` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`email` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `oidc_identity_unique` ON `oidc_identity` (`issuer`,`subject`);--> statement-breakpoint
CREATE INDEX `oidc_identity_user_idx` ON `oidc_identity` (`user_id`);--> statement-breakpoint
ALTER TABLE `sign_in_link` ADD `verified_at` integer;