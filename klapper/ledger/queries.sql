-- name: open_member
-- A row for somebody seen for the first time in a guild.
INSERT INTO members (guild_id, discord_user_id, created_at_ms) VALUES (:guild_id, :user_id, :now_ms)
ON CONFLICT (guild_id, discord_user_id) DO NOTHING;

-- name: member_by_user
-- The reference of a member of a guild.
SELECT member_ref FROM members WHERE guild_id = :guild_id AND discord_user_id = :user_id;

-- name: member_by_mark
-- The reference of a forgotten member who returns.
SELECT member_ref FROM members WHERE returns_as IS NOT NULL AND returns_as = :mark;

-- name: forget_member
-- Who a member is in Discord goes; by the mark they are known again.
UPDATE members SET discord_user_id = NULL, returns_as = :mark
WHERE guild_id = :guild_id AND discord_user_id = :user_id;

-- name: return_member
-- A forgotten member is here again.
UPDATE members SET discord_user_id = :user_id, returns_as = NULL
WHERE member_ref = :member_ref AND discord_user_id IS NULL;

-- name: user_of_member
-- Who a member is in Discord.
SELECT discord_user_id FROM members WHERE member_ref = :member_ref;

-- name: users_of_members
-- Who these members are in Discord; NULL for who is forgotten.
SELECT member_ref, discord_user_id FROM members WHERE member_ref IN (SELECT value FROM json_each(:refs));

-- name: guilds_of_members
-- Guilds in which anybody was seen.
SELECT DISTINCT guild_id FROM members ORDER BY guild_id;

-- name: member_since
-- When a member was first seen.
SELECT created_at_ms FROM members WHERE member_ref = :member_ref;

-- name: open_account
-- An account at zero, where there is none yet.
INSERT INTO accounts (account_id, ledger, member_ref, guild_id)
VALUES (:account_id, :ledger, :member_ref, :guild_id)
ON CONFLICT (account_id) DO NOTHING;

-- name: account
-- An account's totals and its period.
SELECT * FROM accounts WHERE account_id = :account_id;

-- name: enter_period
-- The account begins a period in which nothing is granted yet; guarded by the period it leaves.
UPDATE accounts SET period_start_ms = :start_ms, period_end_ms = :end_ms, granted_in_period = 0
WHERE account_id = :account_id AND period_end_ms = :left_end_ms;

-- name: count_granted
-- The periodic grants of the current period, for top-ups.
UPDATE accounts SET granted_in_period = granted_in_period + :amount WHERE account_id = :account_id;

-- name: came_back
-- Holds that ended and charges that went back on an account since a time.
SELECT COALESCE(SUM(amount), 0) AS amount FROM transfers
WHERE ((debit_account = :account_id AND kind = 'release') OR (credit_account = :account_id AND kind = 'refund'))
  AND at_ms >= :since_ms;

-- name: given_since
-- What a member gave others since a time.
SELECT COALESCE(SUM(amount), 0) AS amount FROM transfers INDEXED BY gifts_by_giver
WHERE debit_account = :account_id AND kind = 'give' AND at_ms >= :since_ms;

-- name: append_transfer
-- A line of the books; its id is unique.
INSERT INTO transfers (transfer_id, ledger, kind, debit_account, credit_account, amount, actor, reason, job_id, at_ms)
VALUES (:transfer_id, :ledger, :kind, :debit_account, :credit_account, :amount, :actor, :reason, :job_id, :at_ms);

-- name: debit
-- The debit side of a transfer; changes no row when the account has less available than it takes.
UPDATE accounts SET debits_posted = debits_posted + :posted, debits_pending = debits_pending + :pending
WHERE account_id = :account_id
  AND (is_system = 1 OR credits_posted - debits_posted - debits_pending >= :posted + :pending);

-- name: credit
-- The credit side of a transfer.
UPDATE accounts SET credits_posted = credits_posted + :amount WHERE account_id = :account_id;

-- name: hold
-- The one reservation of a job.
INSERT INTO reservations (job_id, status, held_at_ms) VALUES (:job_id, 'held', :now_ms);

-- name: hold_leg
-- A part of it.
INSERT INTO reservation_legs (job_id, account_id, amount, period_start_ms)
VALUES (:job_id, :account_id, :amount, :period_start_ms);

-- name: resolve
-- Settle or release a hold; changes no row when it is resolved already.
UPDATE reservations SET status = :status, resolved_at_ms = :now_ms WHERE job_id = :job_id AND status = 'held';

-- name: reservation
-- A job's reservation and whether its charge went back.
SELECT status, EXISTS (SELECT 1 FROM transfers WHERE job_id = :job_id AND kind = 'refund') AS refunded
FROM reservations WHERE job_id = :job_id;

-- name: legs
-- The parts of a reservation.
SELECT account_id, amount, period_start_ms FROM reservation_legs WHERE job_id = :job_id ORDER BY account_id;

-- name: member_movements
-- What moved for a member, newest first: the two legs of one job's movement are one. :reach: transfers to look at.
WITH legs AS (
    SELECT * FROM (SELECT *, CASE kind WHEN 'settle' THEN 0 WHEN 'release' THEN amount ELSE -amount END AS change
                   FROM transfers WHERE debit_account = :allowance ORDER BY seq DESC LIMIT :reach)
    UNION ALL
    SELECT * FROM (SELECT *, CASE kind WHEN 'settle' THEN 0 WHEN 'release' THEN amount ELSE -amount END AS change
                   FROM transfers WHERE debit_account = :bonus ORDER BY seq DESC LIMIT :reach)
    UNION ALL
    SELECT * FROM (SELECT *, amount AS change FROM transfers WHERE credit_account = :allowance
                   ORDER BY seq DESC LIMIT :reach)
    UNION ALL
    SELECT * FROM (SELECT *, amount AS change FROM transfers WHERE credit_account = :bonus
                   ORDER BY seq DESC LIMIT :reach)
)
SELECT kind, SUM(amount) AS amount, SUM(change) AS change, reason, job_id, MAX(at_ms) AS at_ms, MAX(seq) AS last_seq
FROM legs GROUP BY COALESCE(job_id || ':' || kind, transfer_id) ORDER BY last_seq DESC LIMIT :rows OFFSET :skip;

-- name: member_change_since
-- By how much what a member has available changed after a transfer.
SELECT COALESCE((SELECT SUM(CASE kind WHEN 'settle' THEN 0 WHEN 'release' THEN amount ELSE -amount END) FROM transfers
                 WHERE debit_account IN (:allowance, :bonus) AND seq > :seq), 0)
     + COALESCE((SELECT SUM(amount) FROM transfers
                 WHERE credit_account IN (:allowance, :bonus) AND seq > :seq), 0) AS change;

-- name: member_lines
-- Transfers of a member before one of them, newest first: what became available, and what became held.
SELECT * FROM (
    SELECT * FROM (
        SELECT seq, kind, debit_account AS account_id, reason, job_id, at_ms,
               CASE kind WHEN 'settle' THEN 0 WHEN 'release' THEN amount ELSE -amount END AS change,
               CASE kind WHEN 'reserve' THEN amount WHEN 'settle' THEN -amount WHEN 'release' THEN -amount ELSE 0 END AS held
        FROM transfers WHERE debit_account = :allowance AND seq < :before_seq AND at_ms >= :since_ms
        ORDER BY seq DESC LIMIT :rows)
    UNION ALL
    SELECT * FROM (
        SELECT seq, kind, debit_account, reason, job_id, at_ms,
               CASE kind WHEN 'settle' THEN 0 WHEN 'release' THEN amount ELSE -amount END,
               CASE kind WHEN 'reserve' THEN amount WHEN 'settle' THEN -amount WHEN 'release' THEN -amount ELSE 0 END
        FROM transfers WHERE debit_account = :bonus AND seq < :before_seq AND at_ms >= :since_ms
        ORDER BY seq DESC LIMIT :rows)
    UNION ALL
    SELECT * FROM (
        SELECT seq, kind, credit_account, reason, job_id, at_ms, amount, 0
        FROM transfers WHERE credit_account = :allowance AND seq < :before_seq AND at_ms >= :since_ms
        ORDER BY seq DESC LIMIT :rows)
    UNION ALL
    SELECT * FROM (
        SELECT seq, kind, credit_account, reason, job_id, at_ms, amount, 0
        FROM transfers WHERE credit_account = :bonus AND seq < :before_seq AND at_ms >= :since_ms
        ORDER BY seq DESC LIMIT :rows)
) ORDER BY seq DESC LIMIT :rows;

-- name: last_charges
-- What the last jobs of a member cost that were charged, newest first.
SELECT SUM(amount) AS credits FROM (
    SELECT * FROM (SELECT * FROM transfers WHERE debit_account = :allowance AND kind = 'settle'
                   ORDER BY seq DESC LIMIT :jobs)
    UNION ALL
    SELECT * FROM (SELECT * FROM transfers WHERE debit_account = :bonus AND kind = 'settle'
                   ORDER BY seq DESC LIMIT :jobs)
) GROUP BY job_id ORDER BY MAX(seq) DESC LIMIT :jobs;

-- name: members_of_guild
-- Everybody who ever had credits in a guild; no Discord id for who is forgotten.
SELECT member_ref, discord_user_id FROM members WHERE guild_id = :guild_id ORDER BY member_ref;

-- name: stat_guild_spending
-- What a guild's members were charged and not given back, by the day it was charged and by model. :days: pairs of times.
SELECT day.key AS day, slug, SUM(CASE kind WHEN 'settle' THEN amount ELSE -amount END) AS credits
FROM json_each(:days) AS day
CROSS JOIN jobs ON guild_id = :guild_id
    AND finished_at_ms >= json_extract(day.value, '$[0]') AND finished_at_ms < json_extract(day.value, '$[1]')
CROSS JOIN transfers ON transfers.job_id = jobs.job_id AND ledger = 'credit' AND kind IN ('settle', 'refund')
WHERE status = 'succeeded' GROUP BY day.key, slug;

-- name: stat_member_spending
-- The same of one member.
SELECT day.key AS day, slug, SUM(CASE kind WHEN 'settle' THEN amount ELSE -amount END) AS credits
FROM json_each(:days) AS day
CROSS JOIN jobs ON member_ref = :member_ref
    AND finished_at_ms >= json_extract(day.value, '$[0]') AND finished_at_ms < json_extract(day.value, '$[1]')
CROSS JOIN transfers ON transfers.job_id = jobs.job_id AND ledger = 'credit' AND kind IN ('settle', 'refund')
WHERE status = 'succeeded' GROUP BY day.key, slug;

-- name: stat_top_members
-- Whose clips cost most in these times, and how many were made for each; late ones, which nobody is charged for, apart.
SELECT jobs.member_ref, discord_user_id, COUNT(DISTINCT jobs.job_id) AS jobs,
       COALESCE(SUM(CASE kind WHEN 'settle' THEN amount ELSE -amount END), 0) AS credits
FROM jobs JOIN members USING (member_ref) CROSS JOIN reservations USING (job_id)
LEFT JOIN transfers ON transfers.job_id = jobs.job_id AND ledger = 'credit' AND kind IN ('settle', 'refund')
WHERE jobs.guild_id = :guild_id AND finished_at_ms >= :from_ms AND finished_at_ms < :to_ms
  AND jobs.status = 'succeeded' AND reservations.status = 'settled'
GROUP BY jobs.member_ref ORDER BY credits DESC, jobs DESC, jobs.member_ref LIMIT :rows;

-- name: stat_late_clips
-- Clips that came after their hold had ended: nobody was charged.
SELECT COUNT(*) AS jobs, COALESCE(SUM(price_credits), 0) AS credits FROM jobs CROSS JOIN reservations USING (job_id)
WHERE guild_id = :guild_id AND finished_at_ms >= :from_ms AND finished_at_ms < :to_ms
  AND jobs.status = 'succeeded' AND reservations.status = 'released';

-- name: stat_period_begins
-- The first transfer of a budget's period, its grant: whatever moved in the period is written after it.
SELECT MIN(seq) AS seq FROM transfers WHERE transfer_id >= :from_id AND transfer_id < :to_id;

-- name: stat_budget_moves
-- What was held, charged and released of the budget of one period, by slices of time.
SELECT (at_ms - :start_ms) / :slice_ms AS slice, kind, SUM(transfers.amount) AS units
FROM transfers
CROSS JOIN reservation_legs AS legs ON legs.job_id = transfers.job_id AND legs.account_id = :account
WHERE debit_account = :account AND seq > :seq AND kind IN ('reserve', 'settle', 'release')
  AND legs.period_start_ms = :start_ms
GROUP BY slice, kind ORDER BY slice;

-- name: job_transfers
-- What moved for a job, oldest first.
SELECT * FROM transfers WHERE job_id = :job_id ORDER BY seq;

-- name: held_total
-- Credits held for members, for the metrics.
SELECT COALESCE(SUM(debits_pending), 0) AS held FROM accounts WHERE ledger = 'credit';

-- name: audit_summary
-- What the books hold, for the head of the report.
SELECT (SELECT COUNT(*) FROM accounts) AS accounts,
       (SELECT COUNT(*) FROM transfers) AS transfers,
       (SELECT COUNT(*) FROM reservations) AS reservations,
       COALESCE(SUM(debits_pending) FILTER (WHERE ledger = 'credit'), 0) AS held_credits,
       COALESCE(SUM(debits_pending) FILTER (WHERE ledger = 'budget'), 0) AS held_units,
       COALESCE(SUM(credits_posted - debits_posted) FILTER (WHERE account_id = 'spent'), 0) AS spent_credits,
       COALESCE(SUM(credits_posted - debits_posted) FILTER (WHERE account_id = 'budget_spent'), 0) AS spent_units,
       COALESCE(SUM(credits_posted) FILTER (WHERE account_id = 'written_off'), 0) AS written_off_credits
FROM accounts;

-- name: audit_account_totals
-- Accounts whose totals are not the sums of their transfers.
WITH sides AS (
    SELECT debit_account AS account_id, 0 AS credits,
           CASE WHEN kind IN ('reserve', 'release') THEN 0 ELSE amount END AS debits,
           CASE kind WHEN 'reserve' THEN amount WHEN 'settle' THEN -amount WHEN 'release' THEN -amount ELSE 0 END AS pending
    FROM transfers
    UNION ALL
    SELECT credit_account, amount, 0, 0 FROM transfers WHERE kind NOT IN ('reserve', 'release')
), sums AS (
    SELECT account_id, SUM(credits) AS credits, SUM(debits) AS debits, SUM(pending) AS pending FROM sides GROUP BY account_id
)
SELECT 'account ' || account_id AS place, credits_posted, debits_posted, debits_pending,
       COALESCE(credits, 0) AS credits, COALESCE(debits, 0) AS debits, COALESCE(pending, 0) AS pending
FROM accounts LEFT JOIN sums USING (account_id)
WHERE (credits_posted, debits_posted, debits_pending)
      <> (COALESCE(credits, 0), COALESCE(debits, 0), COALESCE(pending, 0))
LIMIT :rows;

-- name: audit_account_available
-- Accounts of members and budgets that gave more than they had.
SELECT 'account ' || account_id AS place, credits_posted - debits_posted - debits_pending AS available
FROM accounts WHERE is_system = 0 AND credits_posted < debits_posted + debits_pending
LIMIT :rows;

-- name: audit_account_granted
-- Periodic accounts that count other grants in their period than there are.
SELECT 'account ' || account_id AS place, granted_in_period, COALESCE(SUM(amount), 0) AS granted
FROM accounts LEFT JOIN transfers
     ON credit_account = account_id AND kind = 'grant' AND reason = 'period'
        AND transfer_id GLOB 'grant:' || account_id || ':' || period_start_ms || ':*'
GROUP BY account_id HAVING granted_in_period <> COALESCE(SUM(amount), 0)
LIMIT :rows;

-- name: audit_ledger_sum
-- Ledgers in which something came from nowhere or went nowhere.
SELECT 'ledger ' || ledger AS place, SUM(debits_posted) AS debits, SUM(credits_posted) AS credits
FROM accounts GROUP BY ledger HAVING SUM(debits_posted) <> SUM(credits_posted)
LIMIT :rows;

-- name: audit_transfers_kept
-- Lines that are missing from the books: they are numbered without gaps.
SELECT 'transfers' AS place, numbered, kept, first, last FROM (
    SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'transfers'), 0) AS numbered,
           COUNT(*) AS kept, COALESCE(MIN(seq), 1) AS first, COALESCE(MAX(seq), 0) AS last
    FROM transfers
) WHERE first <> 1 OR last <> kept OR numbered <> kept
LIMIT :rows;

-- name: audit_transfer_ledger
-- Transfers between ledgers, or with an account that does not exist.
SELECT 'transfer ' || transfer_id AS place, transfers.ledger AS ledger,
       debit_account, COALESCE(debit.ledger, 'no') AS debit_ledger,
       credit_account, COALESCE(credit.ledger, 'no') AS credit_ledger
FROM transfers
LEFT JOIN accounts AS debit ON debit.account_id = debit_account
LEFT JOIN accounts AS credit ON credit.account_id = credit_account
WHERE debit.ledger IS NOT transfers.ledger OR credit.ledger IS NOT transfers.ledger
LIMIT :rows;

-- name: audit_transfer_direction
-- Transfers between accounts that their kind never joins; members of two guilds give each other nothing.
WITH names (ledger, issuer, spent, late) AS (
    VALUES ('credit', 'issuer', 'spent', 'written_off'), ('budget', 'budget_issuer', 'budget_spent', 'budget_spent')
)
SELECT 'transfer ' || transfer_id AS place, kind, debit_account, credit_account
FROM transfers JOIN names USING (ledger)
JOIN accounts AS debit ON debit.account_id = debit_account
JOIN accounts AS credit ON credit.account_id = credit_account
WHERE NOT CASE kind
    WHEN 'grant' THEN debit_account = issuer AND credit.is_system = 0
    WHEN 'revoke' THEN transfers.ledger = 'credit' AND debit.is_system = 0 AND credit_account = issuer
    WHEN 'give' THEN debit_account GLOB 'bonus:*' AND credit_account GLOB 'bonus:*'
        AND (SELECT guild_id FROM members WHERE member_ref = debit.member_ref)
            = (SELECT guild_id FROM members WHERE member_ref = credit.member_ref)
    WHEN 'expire' THEN debit.is_system = 0 AND credit_account = issuer
    WHEN 'refund' THEN debit_account = 'spent' AND credit.is_system = 0
    WHEN 'write_off' THEN debit_account = issuer AND credit_account = late
    ELSE debit.is_system = 0 AND credit_account = spent
END
LIMIT :rows;

-- name: audit_leg_transfers
-- Legs that were not reserved, settled or released exactly as their reservation says.
SELECT 'job ' || COALESCE(job_id, '(none)') AS place, account_id, kind, SUM(due) AS due, SUM(booked) AS booked FROM (
    SELECT job_id, account_id, 'reserve' AS kind, amount AS due, 0 AS booked FROM reservation_legs
    UNION ALL
    SELECT job_id, account_id, CASE status WHEN 'settled' THEN 'settle' ELSE 'release' END, amount, 0
    FROM reservation_legs JOIN reservations USING (job_id) WHERE status <> 'held'
    UNION ALL
    SELECT job_id, debit_account, kind, 0, amount FROM transfers WHERE kind IN ('reserve', 'settle', 'release')
) GROUP BY job_id, account_id, kind HAVING SUM(due) <> SUM(booked)
LIMIT :rows;

-- name: audit_refund
-- Refunds of something other than all credit legs of a settled job.
SELECT 'job ' || COALESCE(job_id, '(none)') AS place, account_id, SUM(due) AS due, SUM(booked) AS booked FROM (
    SELECT legs.job_id, account_id, amount AS due, 0 AS booked
    FROM reservation_legs AS legs JOIN reservations USING (job_id) JOIN accounts USING (account_id)
    WHERE status = 'settled' AND ledger = 'credit'
      AND EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = legs.job_id AND kind = 'refund')
    UNION ALL
    SELECT job_id, credit_account, 0, amount FROM transfers WHERE kind = 'refund'
) GROUP BY job_id, account_id HAVING SUM(due) <> SUM(booked)
LIMIT :rows;

-- name: audit_late_release
-- Expired parts of jobs that are not whole released budget legs.
SELECT 'job ' || job_id AS place, account_id, SUM(due) AS due, SUM(booked) AS booked FROM (
    SELECT job_id, account_id, amount AS due, 0 AS booked
    FROM reservation_legs JOIN reservations USING (job_id) JOIN accounts USING (account_id)
    WHERE status = 'released' AND ledger = 'budget'
    UNION ALL
    SELECT job_id, debit_account, 0, amount FROM transfers WHERE kind = 'expire' AND job_id IS NOT NULL
) GROUP BY job_id, account_id HAVING SUM(booked) NOT IN (0, SUM(due))
LIMIT :rows;

-- name: audit_write_off
-- Late clips that are not booked as they were priced, and write-offs without a late clip.
SELECT 'job ' || COALESCE(job_id, '(none)') AS place, ledger, SUM(due) AS due, SUM(booked) AS booked FROM (
    SELECT job_id, 'credit' AS ledger, price_credits AS due, 0 AS booked
    FROM jobs JOIN reservations USING (job_id) WHERE jobs.status = 'succeeded' AND reservations.status = 'released'
    UNION ALL
    SELECT job_id, 'budget', budget_units, 0
    FROM jobs JOIN reservations USING (job_id) WHERE jobs.status = 'succeeded' AND reservations.status = 'released'
    UNION ALL
    SELECT job_id, ledger, 0, amount FROM transfers WHERE kind = 'write_off'
) GROUP BY job_id, ledger HAVING SUM(due) <> SUM(booked)
LIMIT :rows;

-- name: audit_reservation_time
-- Reservations whose status and time of resolution disagree.
SELECT 'job ' || job_id AS place, status, COALESCE(resolved_at_ms, 'missing') AS resolved
FROM reservations WHERE (status = 'held') <> (resolved_at_ms IS NULL)
LIMIT :rows;

-- name: audit_job_reservation
-- Jobs without a reservation; one without a price has one without legs.
SELECT 'job ' || job_id AS place, status FROM jobs WHERE job_id NOT IN (SELECT job_id FROM reservations)
LIMIT :rows;

-- name: audit_reservation_job
-- Reservations and legs that belong to no job.
SELECT 'job ' || job_id AS place,
       CASE WHEN job_id IN (SELECT job_id FROM reservations) THEN 'job' ELSE 'reservation' END AS missing
FROM (SELECT job_id FROM reservations UNION SELECT job_id FROM reservation_legs)
WHERE job_id NOT IN (SELECT job_id FROM jobs) OR job_id NOT IN (SELECT job_id FROM reservations)
LIMIT :rows;

-- name: audit_job_status
-- Jobs whose status and reservation disagree; a released job may have succeeded only after it was abandoned.
SELECT 'job ' || jobs.job_id AS place, jobs.status AS job_status, reservations.status AS hold_status
FROM jobs JOIN reservations USING (job_id)
WHERE NOT CASE
    WHEN jobs.status IN ('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown')
        THEN reservations.status = 'held'
    WHEN jobs.status = 'succeeded'
        THEN reservations.status = 'settled' OR (reservations.status = 'released' AND EXISTS (
            SELECT 1 FROM job_events WHERE job_events.job_id = jobs.job_id AND to_status = 'abandoned'))
    ELSE reservations.status = 'released'
END
LIMIT :rows;

-- name: audit_job_price
-- Jobs that hold something other than their price: all credits, and the same units on every limited budget.
SELECT 'job ' || jobs.job_id AS place, price_credits, budget_units,
       COALESCE(SUM(amount) FILTER (WHERE ledger = 'credit'), 0) AS credits,
       COALESCE(GROUP_CONCAT(amount, ' and ') FILTER (WHERE ledger = 'budget'), 'nothing') AS units
FROM jobs JOIN reservations USING (job_id)
LEFT JOIN reservation_legs AS legs ON legs.job_id = jobs.job_id
LEFT JOIN accounts USING (account_id)
GROUP BY jobs.job_id
HAVING COALESCE(SUM(amount) FILTER (WHERE ledger = 'credit'), 0) <> price_credits
    OR COALESCE(SUM(amount <> budget_units) FILTER (WHERE ledger = 'budget'), 0) > 0
LIMIT :rows;

-- name: audit_leg_owner
-- Legs on accounts of another member or guild than the job's.
SELECT 'job ' || jobs.job_id AS place, account_id, member_ref, guild_id
FROM reservation_legs JOIN jobs USING (job_id)
WHERE account_id NOT IN ('allowance:' || member_ref, 'bonus:' || member_ref, 'guild_budget:' || guild_id, 'bot_budget')
LIMIT :rows;
