-- name: add_decision
-- What was decided about exactly this content.
INSERT INTO decisions (guild_id, member_ref, content_hash, verdict, rule, at_ms, decided_by, reasons, detail,
                       rules_version, level)
VALUES (:guild_id, :member_ref, :content_hash, :verdict, :rule, :now_ms, :decided_by, :reasons, :detail,
        :rules_version, :level)
RETURNING decision_id;

-- name: decision
-- One decision.
SELECT * FROM decisions WHERE decision_id = :decision_id;

-- name: refused_of_member
-- What was last refused to a member.
SELECT * FROM decisions WHERE member_ref = :member_ref AND verdict = 'refused'
ORDER BY at_ms DESC, decision_id DESC LIMIT :rows;

-- name: count_refused_of_member
-- How often Klapper itself refused a member's request by a rule that is not one of `besides`, a JSON list.
SELECT COUNT(*) AS refusals FROM decisions
WHERE member_ref = :member_ref AND verdict = 'refused' AND decided_by = 'klapper'
    AND rule NOT IN (SELECT value FROM json_each(:besides));

-- name: block_of
-- Whether a member may make nothing at all, and why.
SELECT reason, blocked_by, at_ms FROM blocked_members WHERE member_ref = :member_ref;

-- name: block
-- A member may make nothing until unblocked; the first reason stays.
INSERT INTO blocked_members (member_ref, reason, blocked_by, at_ms) VALUES (:member_ref, :reason, :blocked_by, :now_ms)
ON CONFLICT (member_ref) DO NOTHING;

-- name: unblock
-- A member may make clips again.
DELETE FROM blocked_members WHERE member_ref = :member_ref;

-- name: member_pause
-- The pause of a member that lasts now.
SELECT reason, paused_by, at_ms, until_ms FROM member_pauses WHERE member_ref = :member_ref AND until_ms > :now_ms;

-- name: pause_member
-- A member may make nothing until then.
INSERT INTO member_pauses (member_ref, reason, paused_by, at_ms, until_ms)
VALUES (:member_ref, :reason, :paused_by, :now_ms, :until_ms)
ON CONFLICT (member_ref) DO UPDATE SET
    reason = excluded.reason, paused_by = excluded.paused_by, at_ms = excluded.at_ms, until_ms = excluded.until_ms;

-- name: unpause_member
-- A member's pause ends now.
DELETE FROM member_pauses WHERE member_ref = :member_ref;

-- name: add_strike
-- A job brings one strike of a kind.
INSERT INTO strikes (kind, guild_id, member_ref, job_id, given_by, at_ms)
VALUES (:kind, :guild_id, :member_ref, :job_id, :given_by, :now_ms)
ON CONFLICT (job_id, kind) DO NOTHING;

-- name: strikes_of_member
-- What weighs against a member.
SELECT kind, job_id, at_ms FROM strikes
WHERE member_ref = :member_ref AND at_ms > MAX(:since_ms, COALESCE(
    (SELECT at_ms FROM pardons WHERE member_ref = :member_ref), 0))
ORDER BY at_ms DESC;

-- name: pardon
-- The strikes of a member up to now weigh no more.
INSERT INTO pardons (member_ref, at_ms) VALUES (:member_ref, :now_ms)
ON CONFLICT (member_ref) DO UPDATE SET at_ms = excluded.at_ms;

-- name: provider_strikes_of_guild
-- When Segmind refused something that was asked for in a guild and counts for it.
SELECT at_ms FROM strikes
WHERE guild_id = :guild_id AND kind = 'provider' AND at_ms > MAX(:since_ms, COALESCE(
    (SELECT counted_since_ms FROM guild_protection WHERE guild_id = :guild_id), 0))
ORDER BY at_ms DESC;

-- name: count_for_guild_from
-- What Segmind refused so far counts for the guild no more.
INSERT INTO guild_protection (guild_id, counted_since_ms) VALUES (:guild_id, :now_ms)
ON CONFLICT (guild_id) DO UPDATE SET counted_since_ms = excluded.counted_since_ms;

-- name: pause_that_was_told
-- Of which pause of the guild its moderators were told last.
SELECT told_since_ms FROM guild_protection WHERE guild_id = :guild_id;

-- name: told_of_pause
-- The moderators of a guild know of its pause.
INSERT INTO guild_protection (guild_id, told_since_ms) VALUES (:guild_id, :since_ms)
ON CONFLICT (guild_id) DO UPDATE SET told_since_ms = excluded.told_since_ms;

-- name: rules_version
-- Which rules a guild has now.
SELECT version FROM guild_rules WHERE guild_id = :guild_id;

-- name: guild_rules
-- What a guild decided for all of its channels.
SELECT * FROM guild_rules WHERE guild_id = :guild_id;

-- name: place_rules
-- What a guild decided for channels and roles.
SELECT * FROM place_rules WHERE guild_id = :guild_id;

-- name: touch_rules
-- The guild's rules have changed.
INSERT INTO guild_rules (guild_id, version) VALUES (:guild_id, 1)
ON CONFLICT (guild_id) DO UPDATE SET version = version + 1;

-- name: set_guild_rules
-- What counts for the whole guild from now on.
UPDATE guild_rules SET
    mode = :mode, unsure = :unsure, review_channel_id = :review_channel_id, audit_channel_id = :audit_channel_id
WHERE guild_id = :guild_id;

-- name: set_place_rule
-- What counts in a channel, or for a role, from now on.
INSERT INTO place_rules (guild_id, kind, target_id, mode, level, spoiler, trusted, reviews)
VALUES (:guild_id, :kind, :target_id, :mode, :level, :spoiler, :trusted, :reviews)
ON CONFLICT (guild_id, kind, target_id) DO UPDATE SET
    mode = excluded.mode, level = excluded.level, spoiler = excluded.spoiler, trusted = excluded.trusted,
    reviews = excluded.reviews;

-- name: drop_place_rule
-- A channel or role is like every other again.
DELETE FROM place_rules WHERE guild_id = :guild_id AND kind = :kind AND target_id = :target_id;

-- name: filter_terms
-- A guild's own terms.
SELECT * FROM filter_terms WHERE guild_id = :guild_id ORDER BY term;

-- name: filter_term
-- One term of a guild.
SELECT * FROM filter_terms WHERE guild_id = :guild_id AND term = :term;

-- name: add_filter_term
-- A term, or what is said about one from now on.
INSERT INTO filter_terms (guild_id, term, action, category, inflected, note, added_by, at_ms)
VALUES (:guild_id, :term, :action, :category, :inflected, :note, :added_by, :now_ms)
ON CONFLICT (guild_id, term) DO UPDATE SET
    action = excluded.action, category = excluded.category, inflected = excluded.inflected, note = excluded.note,
    added_by = excluded.added_by, at_ms = excluded.at_ms, wrongs = 0;

-- name: remove_filter_term
-- A term goes.
DELETE FROM filter_terms WHERE guild_id = :guild_id AND term = :term;

-- name: call_term_wrong
-- A refusal by this term was wrong.
UPDATE filter_terms SET wrongs = wrongs + 1 WHERE guild_id = :guild_id AND term = :term;

-- name: open_case
-- Something that moderators have to settle, unless they have it before them already.
INSERT INTO cases (kind, guild_id, job_id, opened_by, opened_at_ms, reasons, words)
VALUES (:kind, :guild_id, :job_id, :opened_by, :now_ms, :reasons, :words)
ON CONFLICT (job_id, kind) WHERE closed_at_ms IS NULL DO NOTHING
RETURNING case_id;

-- name: close_case
-- The one outcome of a case.
UPDATE cases SET outcome = :outcome, closed_by = :closed_by, closed_at_ms = :now_ms, note = :note, news = :news,
    is_final = tried_at_ms IS NULL OR lost <> ''
WHERE case_id = :case_id AND closed_at_ms IS NULL;

-- name: case
-- One case.
SELECT * FROM cases WHERE case_id = :case_id;

-- name: case_changed
-- An open case has something new to show.
UPDATE cases SET revision = revision + 1 WHERE case_id = :case_id AND closed_at_ms IS NULL;

-- name: open_case_of_job
-- The case of a job that is not settled.
SELECT * FROM cases WHERE job_id = :job_id AND kind = :kind AND closed_at_ms IS NULL;

-- name: latest_case_of_job
-- The newest case of a job.
SELECT * FROM cases WHERE job_id = :job_id AND kind = :kind ORDER BY case_id DESC LIMIT 1;

-- name: took_place_of
-- The changed request that took a job's place in review: made in the transaction that took the job back.
SELECT made.job_id FROM jobs AS gone JOIN jobs AS made USING (member_ref)
WHERE gone.job_id = :job_id AND gone.reason = 'replaced' AND made.parent_job_id = gone.job_id
    AND made.created_at_ms BETWEEN gone.created_at_ms AND gone.status_at_ms
ORDER BY made.created_at_ms DESC LIMIT 1;

-- name: open_cases
-- What moderators of a guild have to settle, oldest first.
SELECT * FROM cases WHERE guild_id = :guild_id AND closed_at_ms IS NULL
ORDER BY opened_at_ms, case_id LIMIT :rows OFFSET :skip;

-- name: open_reviews
-- What waits for moderators, guild by guild, in their order.
SELECT guild_id, job_id FROM cases WHERE kind = 'review' AND closed_at_ms IS NULL
ORDER BY guild_id, opened_at_ms, case_id;

-- name: open_reports
-- Open cases about clips, of one guild or of all.
SELECT * FROM cases WHERE kind = 'report' AND closed_at_ms IS NULL AND (:guild_id IS NULL OR guild_id = :guild_id)
ORDER BY case_id;

-- name: count_open_cases
-- How much moderators of a guild have to settle.
SELECT kind, COUNT(*) AS cases FROM cases WHERE guild_id = :guild_id AND closed_at_ms IS NULL GROUP BY kind;

-- name: place_of_case
-- About how many-th a review is among those of its guild.
SELECT COUNT(*) AS place FROM cases
WHERE guild_id = :guild_id AND kind = 'review' AND closed_at_ms IS NULL
    AND (opened_at_ms, case_id) <= (:opened_at_ms, :case_id);

-- name: cases_to_remind
-- Open cases that have become old, of guilds with a channel for them.
SELECT cases.* FROM cases JOIN guild_rules USING (guild_id)
WHERE closed_at_ms IS NULL AND reminded_at_ms IS NULL AND opened_at_ms <= :before_ms AND review_channel_id IS NOT NULL
ORDER BY guild_id, opened_at_ms, case_id;

-- name: case_reminded
-- The moderators were reminded of a case.
UPDATE cases SET reminded_at_ms = :now_ms WHERE case_id = :case_id;

-- name: unsettled_cases
-- Cases whose card is to be posted or moved, or does not show yet what came in or how the case ended.
SELECT case_id FROM cases LEFT JOIN guild_rules USING (guild_id)
WHERE is_final = 0
    AND (closed_at_ms IS NOT NULL OR (message_id IS NULL AND review_channel_id IS NOT NULL)
        OR (message_id IS NOT NULL AND shown_revision < revision AND lost = '') OR channel_id <> review_channel_id)
ORDER BY opened_at_ms, case_id;

-- name: try_case_card
-- The card of a case is about to be posted.
UPDATE cases SET channel_id = :channel_id, tried_at_ms = COALESCE(tried_at_ms, :now_ms)
WHERE case_id = :case_id AND message_id IS NULL;

-- name: case_card_posted
-- The card of a case is this message, and shows this revision.
UPDATE cases SET channel_id = :channel_id, message_id = :message_id, shown_revision = :revision
WHERE case_id = :case_id;

-- name: case_card_shows
-- The card of an open case shows this revision.
UPDATE cases SET shown_revision = :revision WHERE case_id = :case_id;

-- name: settle_case_card
-- The card of a case says how it ended, or was never posted.
UPDATE cases SET is_final = 1, shown_revision = revision WHERE case_id = :case_id AND closed_at_ms IS NOT NULL;

-- name: forget_case_card
-- An open case has no card, as if none had ever been posted.
UPDATE cases SET channel_id = NULL, message_id = NULL, tried_at_ms = NULL, lost = '', shown_revision = 0
WHERE case_id = :case_id AND closed_at_ms IS NULL;

-- name: forget_case_cards_in
-- Open cases have no card in a channel that is deleted.
UPDATE cases SET channel_id = NULL, message_id = NULL, tried_at_ms = NULL, lost = '', shown_revision = 0
WHERE guild_id = :guild_id AND closed_at_ms IS NULL AND channel_id = :channel_id;

-- name: channels_of_case_cards
-- Where a guild's open cases have their cards.
SELECT DISTINCT channel_id FROM cases
WHERE guild_id = :guild_id AND closed_at_ms IS NULL AND channel_id IS NOT NULL;

-- name: lose_case_card
-- The card of a case cannot be posted or edited.
UPDATE cases SET lost = :lost, is_final = closed_at_ms IS NOT NULL WHERE case_id = :case_id AND lost = '';

-- name: cases_with_news
-- Cases whose requester is still to be told how they ended.
SELECT * FROM cases WHERE news = 'due' ORDER BY closed_at_ms, case_id;

-- name: try_news
-- The requester is about to be told; the time of the first attempt stays.
UPDATE cases SET news_tried_at_ms = COALESCE(news_tried_at_ms, :now_ms) WHERE case_id = :case_id;

-- name: end_news
-- The requester knows, or cannot be told.
UPDATE cases SET news = :news WHERE case_id = :case_id AND news = 'due';

-- name: add_report
-- What a member says about a clip.
INSERT INTO reports (case_id, member_ref, at_ms, words) VALUES (:case_id, :member_ref, :now_ms, :words);

-- name: newest_reports
-- What was said about a clip last.
SELECT * FROM reports WHERE case_id = :case_id ORDER BY at_ms DESC, member_ref DESC LIMIT :rows;

-- name: count_reports
-- How many members reported a clip.
SELECT COUNT(*) AS reports FROM reports WHERE case_id = :case_id;

-- name: report_of_member
-- Whether a member reported a job's clip before.
SELECT 1 FROM reports JOIN cases USING (case_id) WHERE job_id = :job_id AND member_ref = :member_ref;

-- name: count_open_reports
-- How many reports of a member are not settled.
SELECT COUNT(*) AS reports FROM reports JOIN cases USING (case_id)
WHERE member_ref = :member_ref AND closed_at_ms IS NULL;

-- name: add_entry
-- An entry of the audit, to be posted where the guild has a channel for it, unless another one tells of it there.
INSERT INTO audit (guild_id, at_ms, actor, action, member_ref, job_id, decision_id, rule, detail, words, posted_at_ms)
VALUES (:guild_id, :at_ms, :actor, :action, :member_ref, :job_id, :decision_id, :rule, :detail, :words,
        CASE WHEN NOT :is_told
                AND EXISTS (SELECT 1 FROM guild_rules WHERE guild_id = :guild_id AND audit_channel_id IS NOT NULL)
            THEN NULL ELSE 0 END)
RETURNING entry_id, posted_at_ms IS NULL AS is_to_post;

-- name: credit_order
-- What was done because of an event that somebody's press or command made.
SELECT entry_id FROM credit_orders WHERE interaction_id = :interaction_id AND by_ref = :by_ref;

-- name: add_credit_order
-- It is done, and whom it concerns is to be told.
INSERT INTO credit_orders (entry_id, interaction_id, by_ref) VALUES (:entry_id, :interaction_id, :by_ref);

-- name: credit_orders_with_news
-- What somebody is still to be told of, with its entry of the audit.
SELECT audit.*, news_tried_at_ms FROM credit_orders INDEXED BY orders_with_news JOIN audit USING (entry_id)
WHERE news = 'due' ORDER BY credit_orders.entry_id;

-- name: words_of_orders
-- What was written about movements of a member's at these moments.
SELECT at_ms, action, words FROM audit JOIN credit_orders USING (entry_id)
WHERE member_ref = :member_ref AND at_ms IN (SELECT value FROM json_each(:times_ms)) AND words <> '';

-- name: try_order_news
-- Somebody is about to be told; the time of the first attempt stays.
UPDATE credit_orders SET news_tried_at_ms = COALESCE(news_tried_at_ms, :now_ms) WHERE entry_id = :entry_id;

-- name: end_order_news
-- They know, or cannot be told.
UPDATE credit_orders SET news = :news WHERE entry_id = :entry_id AND news = 'due';

-- name: block_image
-- Put an image on a list; the first line about it stays.
INSERT INTO blocked_images (guild_id, likeness, reason, note, blocked_by, at_ms)
VALUES (:guild_id, :likeness, :reason, :note, :blocked_by, :now_ms)
ON CONFLICT (guild_id, likeness) DO NOTHING;

-- name: unblock_image
-- Take a line off a list.
DELETE FROM blocked_images WHERE block_id = :block_id;

-- name: blocked_images
-- Every line of one list, or of all, oldest first.
SELECT block_id, guild_id, likeness, reason, note, blocked_by, at_ms FROM blocked_images
WHERE :guild_id IS NULL OR guild_id = :guild_id ORDER BY block_id;

-- name: blocked_image
-- One line.
SELECT block_id, guild_id, likeness, reason, note, blocked_by, at_ms FROM blocked_images WHERE block_id = :block_id;

-- name: image_blocks_in_force
-- What an image of this guild is compared with: its own list, and the one for every guild.
SELECT guild_id, likeness FROM blocked_images WHERE guild_id IN (:guild_id, :everywhere) ORDER BY block_id;

-- name: add_refused_request
-- What was asked for, so that its refusal can be appealed.
INSERT INTO refused_requests (decision_id, guild_id, channel_id, user_id, request, deliver_to, spoiler, parent_job_id,
                              replaces, refused_at_ms)
VALUES (:decision_id, :guild_id, :channel_id, :user_id, :request, :deliver_to, :spoiler, :parent_job_id,
        :replaces, :refused_at_ms);

-- name: refused_request
-- One refused request.
SELECT * FROM refused_requests WHERE decision_id = :decision_id;

-- name: appeal_refused_request
-- The one appeal of a refusal.
UPDATE refused_requests SET appealed_at_ms = :now_ms WHERE decision_id = :decision_id AND appealed_at_ms IS NULL;

-- name: before_moderators
-- A job about exactly this content that moderators have before them, or declined since; besides: one that does not count.
SELECT job_id, status FROM jobs JOIN decisions USING (decision_id)
WHERE jobs.member_ref = :member_ref AND decisions.content_hash = :content_hash AND job_id <> :besides
    AND (status = 'in_review' OR (status = 'rejected' AND status_at_ms > :since_ms))
ORDER BY status LIMIT 1;

-- name: entries_of_guild
-- Entries of a guild, newest first.
SELECT audit.*, rules_version FROM audit LEFT JOIN decisions USING (decision_id)
WHERE audit.guild_id = :guild_id AND audit.at_ms BETWEEN :since_ms AND :until_ms
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\')
ORDER BY audit.at_ms DESC, entry_id DESC LIMIT :rows OFFSET :skip;

-- name: count_of_guild
-- How many entries of a guild there are.
SELECT COUNT(*) AS entries FROM audit
WHERE guild_id = :guild_id AND at_ms BETWEEN :since_ms AND :until_ms
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\');

-- name: entries_of_member
-- Entries about a member, newest first; a `+` keeps another index from being taken.
SELECT audit.*, rules_version FROM audit LEFT JOIN decisions USING (decision_id)
WHERE audit.member_ref = :member_ref AND +audit.guild_id = :guild_id AND audit.at_ms BETWEEN :since_ms AND :until_ms
    AND (:actor IS NULL OR +actor = :actor) AND (:action IS NULL OR +action = :action)
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\')
ORDER BY audit.at_ms DESC, entry_id DESC LIMIT :rows OFFSET :skip;

-- name: count_of_member
-- How many entries about a member there are.
SELECT COUNT(*) AS entries FROM audit
WHERE member_ref = :member_ref AND +guild_id = :guild_id AND at_ms BETWEEN :since_ms AND :until_ms
    AND (:actor IS NULL OR +actor = :actor) AND (:action IS NULL OR +action = :action)
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\');

-- name: entries_of_actor
-- Entries of what somebody did, newest first.
SELECT audit.*, rules_version FROM audit LEFT JOIN decisions USING (decision_id)
WHERE audit.guild_id = :guild_id AND actor = :actor AND audit.at_ms BETWEEN :since_ms AND :until_ms
    AND (:action IS NULL OR +action = :action)
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\')
ORDER BY audit.at_ms DESC, entry_id DESC LIMIT :rows OFFSET :skip;

-- name: count_of_actor
-- How many entries there are of what somebody did.
SELECT COUNT(*) AS entries FROM audit
WHERE guild_id = :guild_id AND actor = :actor AND at_ms BETWEEN :since_ms AND :until_ms
    AND (:action IS NULL OR +action = :action)
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\');

-- name: entries_of_action
-- Entries of one kind, newest first.
SELECT audit.*, rules_version FROM audit LEFT JOIN decisions USING (decision_id)
WHERE audit.guild_id = :guild_id AND action = :action AND audit.at_ms BETWEEN :since_ms AND :until_ms
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\')
ORDER BY audit.at_ms DESC, entry_id DESC LIMIT :rows OFFSET :skip;

-- name: count_of_action
-- How many entries of one kind there are.
SELECT COUNT(*) AS entries FROM audit
WHERE guild_id = :guild_id AND action = :action AND at_ms BETWEEN :since_ms AND :until_ms
    AND NOT EXISTS (SELECT 1 FROM json_each(:patterns) WHERE searched NOT LIKE value ESCAPE '\');

-- name: guilds_to_post
-- Guilds with entries that are to be posted, and where.
SELECT guild_id, audit_channel_id FROM guild_rules
WHERE EXISTS (SELECT 1 FROM audit WHERE audit.guild_id = guild_rules.guild_id AND posted_at_ms IS NULL)
ORDER BY guild_id;

-- name: unposted_entries
-- Entries of a guild that are to be posted, in the order in which they were written.
SELECT audit.*, rules_version FROM audit LEFT JOIN decisions USING (decision_id)
WHERE audit.guild_id = :guild_id AND posted_at_ms IS NULL ORDER BY entry_id LIMIT :rows;

-- name: begin_batch
-- The next entries of a guild are about to be posted in one message.
UPDATE audit SET batch = :last WHERE guild_id = :guild_id AND posted_at_ms IS NULL AND entry_id <= :last;

-- name: batch_posted
-- Entries of a guild are in its audit channel.
UPDATE audit SET posted_at_ms = :now_ms WHERE guild_id = :guild_id AND posted_at_ms IS NULL AND entry_id <= :last;

-- name: drop_unposted
-- Entries of a guild that are older are not to be posted any more.
UPDATE audit SET posted_at_ms = 0 WHERE guild_id = :guild_id AND posted_at_ms IS NULL AND +at_ms < :before_ms;

-- name: forget_words_of_entries
-- What people wrote into the audit goes with time.
UPDATE audit SET words = '' WHERE entry_id IN (
    SELECT entry_id FROM audit WHERE words <> '' AND at_ms < :before_ms LIMIT :rows
);

-- name: forget_words_of_cases
-- What people wrote about a case goes some time after it was closed.
UPDATE cases SET words = '', note = '' WHERE case_id IN (
    SELECT case_id FROM cases WHERE (words <> '' OR note <> '') AND closed_at_ms < :before_ms LIMIT :rows
);

-- name: forget_words_of_reports
-- What members wrote about a clip goes some time after its case was closed.
UPDATE reports SET words = '' WHERE words <> '' AND case_id IN (
    SELECT case_id FROM cases JOIN reports USING (case_id)
    WHERE reports.words <> '' AND closed_at_ms < :before_ms LIMIT :rows
);

-- name: forget_refused_requests
-- What was refused can be appealed for some time only.
DELETE FROM refused_requests WHERE decision_id IN (
    SELECT decision_id FROM refused_requests WHERE refused_at_ms < :before_ms LIMIT :rows
);
