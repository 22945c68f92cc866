ALTER TABLE `device` ADD `awaits_approval` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `device` ADD `key_expires_at` integer;--> statement-breakpoint
ALTER TABLE `device` ADD `key_expired_at` integer;--> statement-breakpoint
ALTER TABLE `enrollment_token` ADD `is_pre_approved` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `team` ADD `needs_approval` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `team` ADD `key_lifetime_days` integer;--> statement-breakpoint
ALTER TABLE `team` ADD `remove_unseen_days` integer;