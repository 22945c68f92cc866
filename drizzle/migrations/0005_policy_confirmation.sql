ALTER TABLE `policy_version` ADD `confirm_by` integer;--> statement-breakpoint
ALTER TABLE `policy_version` ADD `expired_until` integer;