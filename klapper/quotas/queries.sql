-- name: quota
-- Everything that decides what a member may ask for, in one row; what nobody has set is NULL.
SELECT version, period, first_day, time_zone, running_per_member, waiting_per_member, running_per_guild, largest_job,
    account_days, member_days, giving, given_per_day,
    (SELECT json_group_array(json_array(role_id, allowance, makes)) FROM role_quotas WHERE guild_id = :guild_id) AS roles,
    (SELECT json_group_array(json_array(channel_id, percent)) FROM channel_prices WHERE guild_id = :guild_id) AS channels,
    (SELECT allowance FROM member_quotas WHERE member_ref = :member_ref) AS own,
    (SELECT units FROM budgets WHERE guild_id = :guild_id) AS guild_budget,
    (SELECT units FROM budgets WHERE guild_id = 0) AS bot_budget
FROM (SELECT 1) LEFT JOIN guild_quotas ON guild_id = :guild_id;

-- name: touch_quota
-- A change of any of a guild's quota rules; the first one makes the row.
INSERT INTO guild_quotas (guild_id, version) VALUES (:guild_id, 1)
ON CONFLICT (guild_id) DO UPDATE SET version = version + 1;

-- name: set_rhythm
-- How often allowances begin anew; NULL: as the operator has it.
UPDATE guild_quotas SET period = :period, first_day = :first_day, time_zone = :time_zone WHERE guild_id = :guild_id;

-- name: set_limits
-- The guild's own limits; 0: none.
UPDATE guild_quotas SET running_per_member = :running_per_member, waiting_per_member = :waiting_per_member,
    running_per_guild = :running_per_guild, largest_job = :largest_job
WHERE guild_id = :guild_id;

-- name: set_newcomers
-- Who is too new to ask.
UPDATE guild_quotas SET account_days = :account_days, member_days = :member_days WHERE guild_id = :guild_id;

-- name: set_giving
-- Whether members give each other credits.
UPDATE guild_quotas SET giving = :giving, given_per_day = :given_per_day WHERE guild_id = :guild_id;

-- name: set_role_quota
-- What the members of a role get and may make.
INSERT INTO role_quotas (guild_id, role_id, allowance, makes) VALUES (:guild_id, :role_id, :allowance, :makes)
ON CONFLICT (guild_id, role_id) DO UPDATE SET allowance = excluded.allowance, makes = excluded.makes;

-- name: drop_role_quota
-- A role says nothing any more.
DELETE FROM role_quotas WHERE guild_id = :guild_id AND role_id = :role_id;

-- name: set_channel_price
-- What a channel or category takes of the price.
INSERT INTO channel_prices (guild_id, channel_id, percent) VALUES (:guild_id, :channel_id, :percent)
ON CONFLICT (guild_id, channel_id) DO UPDATE SET percent = excluded.percent;

-- name: drop_channel_price
-- A channel takes the price as it is again.
DELETE FROM channel_prices WHERE guild_id = :guild_id AND channel_id = :channel_id;

-- name: set_member_quota
-- A member's own allowance, whatever their roles.
INSERT INTO member_quotas (member_ref, guild_id, allowance) VALUES (:member_ref, :guild_id, :allowance)
ON CONFLICT (member_ref) DO UPDATE SET allowance = excluded.allowance;

-- name: drop_member_quota
-- A member has the allowance of their roles again.
DELETE FROM member_quotas WHERE member_ref = :member_ref;

-- name: member_quotas
-- Who has an allowance of their own; the first few.
SELECT member_ref, allowance FROM member_quotas INDEXED BY member_quotas_of_guild
WHERE guild_id = :guild_id ORDER BY member_ref LIMIT :rows;

-- name: count_member_quotas
-- How many have one.
SELECT COUNT(*) AS members FROM member_quotas INDEXED BY member_quotas_of_guild WHERE guild_id = :guild_id;

-- name: running_limits
-- Guilds that have lowered how much may run at a time.
SELECT guild_id, running_per_member, running_per_guild FROM guild_quotas
WHERE running_per_member > 0 OR running_per_guild > 0;

-- name: set_budget
-- What the operator gives a guild per period, or with guild 0 the whole bot per day; 0: unlimited.
INSERT INTO budgets (guild_id, units, set_by, at_ms) VALUES (:guild_id, :units, :set_by, :now_ms)
ON CONFLICT (guild_id) DO UPDATE SET units = excluded.units, set_by = excluded.set_by, at_ms = excluded.at_ms;

-- name: drop_budget
-- The configuration counts again.
DELETE FROM budgets WHERE guild_id = :guild_id;

-- name: budgets
-- Every budget that was set by hand.
SELECT guild_id, units, set_by, at_ms FROM budgets ORDER BY guild_id;
