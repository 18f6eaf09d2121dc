-- The quota that machines share: one ring of permits for each OAuth client.
--
-- Workers call quota_exchange and nothing else. Its statements run one after the other for each client, since
-- the first locks the client's row. All times are this server's.
--
-- The tables that change with each permit are unlogged: they cost no write to disk, and a crash empties them
-- as a whole. So a ring is complete or missing, and never in a state of before the crash. quota_known is
-- logged: a client that is known and has no ring lost it.

-- The clients that have had a ring. A name is a digest: no OAuth client can be read from it.
CREATE TABLE IF NOT EXISTS journey_events.quota_known (
    name text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row for each client: when its next permits may be granted.
CREATE UNLOGGED TABLE IF NOT EXISTS journey_events.quota_clients (
    name text PRIMARY KEY,
    -- The server as it was at the last exchange, and when that was.
    started timestamptz NOT NULL,
    timeline text NOT NULL,
    at timestamptz NOT NULL,
    -- No permits before these.
    silent_until timestamptz NOT NULL,
    paused_until timestamptz NOT NULL,
    -- When a burst is available again in full.
    paced timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The processes that use a ring.
CREATE UNLOGGED TABLE IF NOT EXISTS journey_events.quota_members (
    name text NOT NULL,
    member bigint NOT NULL,
    -- The number of its last exchange: none is recorded twice or late.
    exchange bigint NOT NULL,
    -- Permits a minute; null once it requests no more.
    quota bigint,
    seen timestamptz NOT NULL,
    -- Since when it waits for a permit, and when it comes for it.
    waiting_since timestamptz,
    due timestamptz,
    PRIMARY KEY (name, member)
) WITH (fillfactor = 50);

-- Permits in use. frees is null until the permit settles.
CREATE UNLOGGED TABLE IF NOT EXISTS journey_events.quota_slots (
    name text NOT NULL,
    member bigint NOT NULL,
    number bigint NOT NULL,
    frees timestamptz,
    PRIMARY KEY (name, member, number)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX IF NOT EXISTS quota_slots_frees ON journey_events.quota_slots (name, frees);

-- The clock of all rings.
CREATE OR REPLACE FUNCTION journey_events.quota_now() RETURNS timestamptz
LANGUAGE sql VOLATILE AS 'SELECT pg_catalog.clock_timestamp()';

-- The timeline that the server is on; empty if it doesn't say, as on Aurora.
CREATE OR REPLACE FUNCTION journey_events.quota_timeline() RETURNS text
LANGUAGE plpgsql VOLATILE AS $timeline$
BEGIN
    RETURN left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8);
EXCEPTION
    WHEN insufficient_privilege OR feature_not_supported OR object_not_in_prerequisite_state THEN
        RETURN '';
END
$timeline$;

-- Reports what a process did with its permits, and grants it others. Durations are in microseconds; those that
-- are returned count from now.
CREATE OR REPLACE FUNCTION journey_events.quota_exchange(
    p_name text,
    p_member bigint,
    -- Grows with each exchange of this member. Positive once one was answered.
    p_exchange bigint,
    -- The number of its next permit: what it was granted from this number on never arrived.
    p_next bigint,
    p_quota bigint,
    -- 'here', 'leaving' (requests no more) or 'gone' (nothing of it is in use).
    p_presence text,
    p_wanted integer,
    p_pause bigint,
    -- Permits that settled, and in what time each slot frees; null: at once.
    p_numbers bigint[],
    p_frees bigint[],
    -- How long a slot is in use, how often members report, how long their quotas count without, and the pace.
    p_period bigint,
    p_beat bigint,
    p_registered bigint,
    p_interval bigint,
    p_burst integer,
    OUT granted integer,
    -- When to come for the next permit; null if that depends on permits that haven't settled.
    OUT next_in bigint,
    OUT free bigint,
    OUT full_for bigint,
    OUT paused_for bigint,
    OUT members integer
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, journey_events, pg_temp
AS $quota$
DECLARE
    us CONSTANT interval := interval '1 microsecond';
    -- How long a slot is kept for a member that should be here by now.
    grace CONSTANT interval := interval '100 milliseconds';
    v_period CONSTANT interval := p_period * us;
    v_interval CONSTANT interval := p_interval * us;
    v_tolerance CONSTANT interval := (p_burst - 1) * v_interval;
    v_started CONSTANT timestamptz := pg_postmaster_start_time();
    v_timeline CONSTANT text := quota_timeline();
    v_client quota_clients%ROWTYPE;
    v_me quota_members%ROWTYPE;
    v_is_new boolean;
    v_now timestamptz;
    v_blocked timestamptz;
    v_since timestamptz;
    v_quota bigint;
    v_in_use bigint;
    v_ahead bigint;
    v_coming bigint := 0;
    v_excess bigint;
    v_window timestamptz;
    v_next timestamptz;
BEGIN
    granted := 0;
    SELECT * INTO v_client FROM quota_clients WHERE name = p_name FOR UPDATE;
    IF NOT FOUND THEN
        -- Known for good before the first permit.
        PERFORM set_config('synchronous_commit', 'on', true);
        INSERT INTO quota_known (name) VALUES (p_name) ON CONFLICT DO NOTHING;
        -- A member whose exchanges were answered had a ring, on whichever server.
        v_is_new := FOUND AND p_exchange <= 0;
        v_now := quota_now();
        INSERT INTO quota_clients (name, started, timeline, at, silent_until, paused_until, paced)
        VALUES (
            p_name, v_started, v_timeline, v_now,
            CASE WHEN v_is_new THEN 'epoch' ELSE v_now + v_period END, 'epoch', 'epoch'
        )
        ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT v_client FROM quota_clients WHERE name = p_name FOR UPDATE;
    END IF;
    -- Read under the lock.
    v_now := quota_now();

    IF v_client.timeline <> v_timeline OR v_now < v_client.at - interval '1 second'
        OR (v_timeline = '' AND v_client.started <> v_started) THEN
        -- Another server, which may not know the last permits: without timelines, each restart may be one. Or the
        -- clock was set back, so that no time recorded means what it did.
        v_client.silent_until := v_now + v_period;
        v_client.paused_until := LEAST(v_client.paused_until, v_now + interval '1 hour');
        v_client.paced := LEAST(v_client.paced, v_now);
        UPDATE quota_slots SET frees = v_now + v_period
        WHERE name = p_name AND frees > v_now + v_period;
        UPDATE quota_members SET seen = v_now, waiting_since = NULL
        WHERE name = p_name AND seen > v_now;
    ELSIF v_client.started <> v_started THEN
        v_client.silent_until := GREATEST(v_client.silent_until, v_started + v_period);
    END IF;

    SELECT * INTO v_me FROM quota_members WHERE name = p_name AND member = p_member;
    IF v_me.exchange >= p_exchange THEN
        RAISE EXCEPTION 'this exchange was overtaken by a later one' USING ERRCODE = '40001';
    END IF;

    IF cardinality(p_numbers) > 0 THEN
        DELETE FROM quota_slots AS slot
        USING unnest(p_numbers, p_frees) AS settled (number, frees)
        WHERE slot.name = p_name AND slot.member = p_member AND slot.number = settled.number
            AND settled.frees IS NULL;
        -- Inserted if the process was silent for so long that the others took it for lost.
        INSERT INTO quota_slots (name, member, number, frees)
        SELECT p_name, p_member, settled.number, v_now + settled.frees * us
        FROM unnest(p_numbers, p_frees) AS settled (number, frees)
        WHERE settled.frees IS NOT NULL
        ON CONFLICT (name, member, number) DO UPDATE SET frees = excluded.frees;
    END IF;
    DELETE FROM quota_slots
    WHERE name = p_name AND member = p_member AND number >= p_next AND frees IS NULL;
    IF p_pause > 0 THEN
        v_client.paused_until := GREATEST(v_client.paused_until, v_now + p_pause * us);
    END IF;

    -- What is free by now.
    DELETE FROM quota_slots WHERE name = p_name AND frees <= v_now;
    DELETE FROM quota_members
    WHERE name = p_name AND member <> p_member AND seen < v_now - v_period - p_beat * us;
    IF FOUND THEN
        DELETE FROM quota_slots AS slot
        WHERE slot.name = p_name AND slot.frees IS NULL AND slot.member <> p_member
            AND NOT EXISTS (
                SELECT FROM quota_members AS other
                WHERE other.name = p_name AND other.member = slot.member
            );
    END IF;

    -- The lowest quota of those that report counts.
    SELECT count(*), min(quota) INTO members, v_quota FROM quota_members
    WHERE name = p_name AND member <> p_member AND quota IS NOT NULL
        AND seen >= v_now - p_registered * us;
    v_quota := LEAST(v_quota, p_quota);
    IF p_presence = 'here' THEN
        members := members + 1;
    END IF;
    SELECT count(*) INTO v_in_use FROM quota_slots WHERE name = p_name;

    v_blocked := GREATEST(v_client.paused_until, v_client.silent_until);
    v_client.paced := GREATEST(v_client.paced, v_now);
    IF p_wanted > 0 AND v_blocked <= v_now AND v_in_use < v_quota THEN
        -- Whoever waits for longer and should be here by now is kept a slot, so that none starves that is
        -- further away or wants less.
        v_since := COALESCE(v_me.waiting_since, v_now);
        SELECT count(*) INTO v_coming FROM quota_members
        WHERE name = p_name AND member <> p_member AND waiting_since < v_since
            AND due <= v_now AND due > v_now - grace;
        granted := LEAST(p_wanted, v_quota - v_in_use - v_coming);
        IF p_interval > 0 THEN
            granted := LEAST(
                granted,
                floor(
                    extract(epoch FROM v_now + v_tolerance - v_client.paced) * 1000000 / p_interval
                )::bigint + 1 - v_coming
            );
        END IF;
        granted := GREATEST(granted, 0);
        INSERT INTO quota_slots (name, member, number)
        SELECT p_name, p_member, number FROM generate_series(p_next, p_next + granted - 1) AS number;
        v_in_use := v_in_use + granted;
        v_client.paced := v_client.paced + granted * v_interval;
    END IF;

    -- Whoever was granted some and wants more is behind all who wait.
    v_since := CASE
        WHEN granted >= p_wanted THEN NULL
        WHEN granted > 0 THEN v_now
        ELSE COALESCE(v_me.waiting_since, v_now)
    END;
    SELECT count(*) INTO v_ahead FROM quota_members
    WHERE name = p_name AND member <> p_member AND waiting_since < v_since
        AND seen > v_now - 2 * p_beat * us;
    -- When there is a slot, and when there is one after those ahead.
    SELECT frees INTO v_window FROM quota_slots
    WHERE name = p_name AND frees IS NOT NULL AND v_in_use >= v_quota
    ORDER BY frees LIMIT 1 OFFSET GREATEST(v_in_use - v_quota, 0);
    IF v_in_use < v_quota THEN
        v_window := v_now;
    END IF;
    v_excess := v_in_use - v_quota + v_ahead;
    IF v_excess < 0 THEN
        v_next := v_now;
    ELSE
        SELECT frees INTO v_next FROM quota_slots
        WHERE name = p_name AND frees IS NOT NULL
        ORDER BY frees LIMIT 1 OFFSET v_excess;
    END IF;
    v_next := CASE WHEN v_next IS NOT NULL THEN
        GREATEST(v_next, v_blocked, v_client.paced + v_ahead * v_interval - v_tolerance)
    END;
    IF v_coming > 0 THEN
        -- They may not come after all.
        v_next := LEAST(v_next, v_now + grace);
    END IF;

    IF p_presence = 'gone' THEN
        DELETE FROM quota_members WHERE name = p_name AND member = p_member;
    ELSE
        INSERT INTO quota_members (name, member, exchange, quota, seen, waiting_since, due)
        VALUES (
            p_name, p_member, p_exchange, CASE WHEN p_presence = 'here' THEN p_quota END, v_now, v_since,
            CASE WHEN v_since IS NOT NULL THEN LEAST(v_next, v_now + p_beat * us) END
        )
        ON CONFLICT (name, member) DO UPDATE SET
            exchange = excluded.exchange, quota = excluded.quota, seen = excluded.seen,
            waiting_since = excluded.waiting_since, due = excluded.due;
    END IF;
    UPDATE quota_clients SET
        started = v_started, timeline = v_timeline, at = v_now,
        silent_until = v_client.silent_until, paused_until = v_client.paused_until,
        paced = v_client.paced
    WHERE name = p_name;

    IF v_next IS NOT NULL THEN
        next_in := extract(epoch FROM GREATEST(v_next - v_now, interval '0')) * 1000000;
    END IF;
    free := CASE
        WHEN v_client.silent_until > v_now THEN 0
        ELSE GREATEST(v_quota - v_in_use, 0)
    END;
    -- If that depends on permits that haven't settled: as if one did now.
    full_for := extract(
        epoch FROM GREATEST(COALESCE(v_window, v_now + v_period), v_client.silent_until) - v_now
    ) * 1000000;
    paused_for := extract(epoch FROM GREATEST(v_client.paused_until - v_now, interval '0')) * 1000000;
END
$quota$;

REVOKE ALL ON FUNCTION journey_events.quota_exchange FROM PUBLIC;
