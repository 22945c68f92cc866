CREATE TABLE `audit_event` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text,
	`actor_kind` text NOT NULL,
	`actor_id` text,
	`actor_name` text NOT NULL,
	`action` text NOT NULL,
	`object_kind` text NOT NULL,
	`object_id` text NOT NULL,
	`object_name` text NOT NULL,
	`before` text,
	`after` text,
	`address` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `audit_event_team_idx` ON `audit_event` (`team_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `device` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`identity_key` text NOT NULL,
	`node_key` text NOT NULL,
	`ipv4` text NOT NULL,
	`ipv6` text NOT NULL,
	`tags` text NOT NULL,
	`ephemeral` integer DEFAULT false NOT NULL,
	`enrolled_with` text,
	`os` text NOT NULL,
	`arch` text NOT NULL,
	`hostname` text NOT NULL,
	`agent_version` text NOT NULL,
	`candidates` text NOT NULL,
	`nat_profile` text,
	`probe_epoch` text,
	`last_seen_at` integer,
	`revoked_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`enrolled_with`) REFERENCES `enrollment_token`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "device_identity_key_length" CHECK(length("device"."identity_key") = 43),
	CONSTRAINT "device_node_key_length" CHECK(length("device"."node_key") = 43)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_identity_key_unique` ON `device` (`identity_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `device_node_key_unique` ON `device` (`node_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `device_team_ipv4_unique` ON `device` (`team_id`,`ipv4`);--> statement-breakpoint
CREATE UNIQUE INDEX `device_team_ipv6_unique` ON `device` (`team_id`,`ipv6`);--> statement-breakpoint
CREATE UNIQUE INDEX `device_team_name_unique` ON `device` (`team_id`,`name`) WHERE revoked_at is null;--> statement-breakpoint
CREATE INDEX `device_team_idx` ON `device` (`team_id`);--> statement-breakpoint
CREATE INDEX `device_enrolled_with_idx` ON `device` (`enrolled_with`);--> statement-breakpoint
CREATE TABLE `enrollment_token` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`lookup` text NOT NULL,
	`secret_hash` text NOT NULL,
	`visible_prefix` text NOT NULL,
	`name` text NOT NULL,
	`max_uses` integer NOT NULL,
	`uses` integer DEFAULT 0 NOT NULL,
	`tags` text NOT NULL,
	`ephemeral` integer DEFAULT false NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	`last_used_at` integer,
	`created_by` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`created_by`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "enrollment_token_uses" CHECK("enrollment_token"."uses" >= 0 and "enrollment_token"."uses" <= "enrollment_token"."max_uses")
);
--> statement-breakpoint
CREATE UNIQUE INDEX `enrollment_token_lookup_unique` ON `enrollment_token` (`lookup`);--> statement-breakpoint
CREATE INDEX `enrollment_token_team_idx` ON `enrollment_token` (`team_id`);--> statement-breakpoint
CREATE TABLE `membership` (
	`user_id` text NOT NULL,
	`team_id` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `team_id`),
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `metric_sample` (
	`device_id` text NOT NULL,
	`at` integer NOT NULL,
	`interval_ms` integer NOT NULL,
	`rx_bytes` integer NOT NULL,
	`tx_bytes` integer NOT NULL,
	`memory_bytes` integer NOT NULL,
	`cpu_percent` real NOT NULL,
	`peers` text NOT NULL,
	PRIMARY KEY(`device_id`, `at`),
	FOREIGN KEY (`device_id`) REFERENCES `device`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `metric_sample_at_idx` ON `metric_sample` (`at`);--> statement-breakpoint
CREATE TABLE `pair_path` (
	`team_id` text NOT NULL,
	`device_id` text NOT NULL,
	`peer_id` text NOT NULL,
	`path` text NOT NULL,
	`reason` text,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`device_id`, `peer_id`),
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`device_id`) REFERENCES `device`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`peer_id`) REFERENCES `device`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `pair_path_peer_idx` ON `pair_path` (`peer_id`);--> statement-breakpoint
CREATE INDEX `pair_path_team_idx` ON `pair_path` (`team_id`);--> statement-breakpoint
CREATE TABLE `path_attempt` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`initiator_id` text NOT NULL,
	`responder_id` text NOT NULL,
	`trigger` text NOT NULL,
	`strategy` text NOT NULL,
	`start_at` integer NOT NULL,
	`initiator_trace` text,
	`responder_trace` text,
	`outcome` text,
	`rtt_ms` integer,
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`initiator_id`) REFERENCES `device`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`responder_id`) REFERENCES `device`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `path_attempt_pair_idx` ON `path_attempt` (`team_id`,`initiator_id`,`responder_id`,`start_at`);--> statement-breakpoint
CREATE INDEX `path_attempt_start_idx` ON `path_attempt` (`start_at`);--> statement-breakpoint
CREATE TABLE `policy_version` (
	`team_id` text NOT NULL,
	`version` integer NOT NULL,
	`document` text NOT NULL,
	`message` text NOT NULL,
	`author` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`team_id`, `version`),
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`author`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE INDEX `policy_version_author_idx` ON `policy_version` (`author`);--> statement-breakpoint
CREATE TABLE `revision` (
	`team_id` text NOT NULL,
	`revision` integer NOT NULL,
	`kind` text NOT NULL,
	`device_id` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`team_id`, `revision`),
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `session` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`user_agent` text NOT NULL,
	`address` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `session_user_idx` ON `session` (`user_id`);--> statement-breakpoint
CREATE TABLE `setting` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `team` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`ipv4_range` text NOT NULL,
	`ipv6_range` text NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `team_slug_unique` ON `team` (`slug`);--> statement-breakpoint
CREATE TABLE `user` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`name` text NOT NULL,
	`password_hash` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `user_email_unique` ON `user` (`email`);