-- The ledgers of datasets. Every statement can be repeated.
--
-- Dates are in milliseconds since 1970 (UTC), heartbeats in microseconds, both by the column's name's clock: the views
-- below show all of it in readable form. Ids of sessions and contacts are `u` and the 16 bytes of a UUID, or `t` and text.

-- Stamps of runs and epochs of claims. Without a cache: they are in the order in which they were taken.
CREATE SEQUENCE IF NOT EXISTS journey_events.stamps AS bigint CACHE 1;

-- id: that of dataset.json.
CREATE TABLE IF NOT EXISTS journey_events.datasets (
    key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL UNIQUE,
    digest_key bytea NOT NULL,
    created timestamptz NOT NULL DEFAULT now()
);

-- state: 0 live, 1 ended, 2 declared dead. heartbeat: by the server's clock.
-- requests, sessions_read: requests sent and sessions read so far; recent_…: those of the last `recent_millis`, about a minute.
-- Updated every few seconds, by each worker its own row: room in the page keeps these updates out of the indexes.
CREATE TABLE IF NOT EXISTS journey_events.workers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset integer NOT NULL REFERENCES journey_events.datasets,
    state smallint NOT NULL DEFAULT 0,
    run bigint NOT NULL,
    lock_name text NOT NULL,
    heartbeat bigint NOT NULL,
    machine text NOT NULL,
    process bigint NOT NULL,
    started bigint NOT NULL,
    requests bigint NOT NULL DEFAULT 0,
    sessions_read bigint NOT NULL DEFAULT 0,
    recent_requests bigint NOT NULL DEFAULT 0,
    recent_sessions_read bigint NOT NULL DEFAULT 0,
    recent_millis bigint NOT NULL DEFAULT 0,
    UNIQUE (dataset, lock_name)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
CREATE INDEX IF NOT EXISTS live_workers ON journey_events.workers (dataset, id) WHERE state = 0;

-- Which commits of a worker were recorded, and how many sessions they settled: the answer to a commit whose
-- reply was lost. Removed with the worker.
CREATE TABLE IF NOT EXISTS journey_events.commits (
    worker bigint NOT NULL,
    number bigint NOT NULL,
    settled bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (worker, number)
) WITH (fillfactor = 80);

-- state: 0 open, 1 settled, 2 absent, 3 forgotten.
-- read_stamp: the epoch of the last claim. Due for a run is what has a lower one than the run's stamp.
-- worker, epoch, previous_stamp: the claim, if one is held. In the same row, so that a row that was locked
--   by another claim and is checked again after it shows who holds it.
-- The other columns describe the read of an open session, and are NULL (and take no space) once it is settled.
-- since_start: when the current read from the beginning began, NULL if the checkpoint continues an older one.
-- since_events: how many events were recorded when it began.
--
-- Rows are updated with each commit: the room left in the pages keeps commits that don't end a read out of the
-- indexes. Vacuum soon: a claim looks for the lowest read_stamp, past what claims have left in the index.
CREATE TABLE IF NOT EXISTS journey_events.sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset integer NOT NULL REFERENCES journey_events.datasets,
    state smallint NOT NULL DEFAULT 0,
    missing_runs integer,
    read_stamp bigint NOT NULL DEFAULT 0,
    events bigint NOT NULL DEFAULT 0,
    session_id bytea NOT NULL,
    last_event bigint,
    ended bigint,
    reported_events bigint,
    malformed bigint,
    worker bigint,
    epoch bigint,
    previous_stamp bigint,
    since_start bigint,
    since_events bigint,
    first_sight bigint,
    missing_since bigint,
    missing_run bigint,
    checkpoint text,
    failure text
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.1,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);
CREATE UNIQUE INDEX IF NOT EXISTS session_ids ON journey_events.sessions (dataset, session_id);
CREATE INDEX IF NOT EXISTS due_sessions ON journey_events.sessions (dataset, read_stamp, id)
    WHERE state = 0 AND worker IS NULL;
CREATE INDEX IF NOT EXISTS held_sessions ON journey_events.sessions (dataset, worker, id) WHERE worker IS NOT NULL;
CREATE INDEX IF NOT EXISTS forgotten_sessions ON journey_events.sessions (dataset, id) WHERE state = 3;
CREATE INDEX IF NOT EXISTS failed_sessions ON journey_events.sessions (dataset, id) WHERE failure IS NOT NULL;

-- 8 bytes for each event recorded, in the order of commits.
CREATE TABLE IF NOT EXISTS journey_events.digests (
    session bigint NOT NULL,
    number integer NOT NULL,
    digests bytea NOT NULL,
    PRIMARY KEY (session, number)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

-- state: 0 listed in every run, 2 absent, 3 forgotten. The other columns as in sessions.
CREATE TABLE IF NOT EXISTS journey_events.contacts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset integer NOT NULL REFERENCES journey_events.datasets,
    state smallint NOT NULL DEFAULT 0,
    missing_runs integer NOT NULL DEFAULT 0,
    read_stamp bigint NOT NULL DEFAULT 0,
    contact_id bytea NOT NULL,
    worker bigint,
    previous_stamp bigint,
    missing_since bigint,
    missing_run bigint,
    failure text,
    UNIQUE (dataset, contact_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX IF NOT EXISTS due_contacts ON journey_events.contacts (dataset, read_stamp, id)
    WHERE state = 0 AND worker IS NULL;
CREATE INDEX IF NOT EXISTS held_contacts ON journey_events.contacts (dataset, worker, id) WHERE worker IS NOT NULL;
CREATE INDEX IF NOT EXISTS failed_contacts ON journey_events.contacts (dataset, id) WHERE failure IS NOT NULL;
CREATE TABLE IF NOT EXISTS journey_events.contact_sessions (
    contact bigint NOT NULL,
    session bigint NOT NULL,
    PRIMARY KEY (contact, session)
);

-- Files in `parts/`, until all their frames are published.
CREATE TABLE IF NOT EXISTS journey_events.parts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset integer NOT NULL REFERENCES journey_events.datasets,
    worker bigint NOT NULL,
    number bigint NOT NULL,
    bytes bigint NOT NULL,
    UNIQUE (dataset, worker, number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
-- The rows of one partition in a part, until they are published. file: NULL until sealed.
CREATE TABLE IF NOT EXISTS journey_events.frames (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset integer NOT NULL REFERENCES journey_events.datasets,
    part bigint NOT NULL,
    partition text NOT NULL,
    "offset" bigint NOT NULL,
    length bigint NOT NULL,
    checksum bytea NOT NULL,
    rows bigint NOT NULL,
    weight bigint NOT NULL,
    file bigint
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX IF NOT EXISTS unsealed_frames ON journey_events.frames (dataset, partition, id) WHERE file IS NULL;
CREATE INDEX IF NOT EXISTS frames_of_part ON journey_events.frames (part);
CREATE INDEX IF NOT EXISTS frames_of_file ON journey_events.frames (file, id) WHERE file IS NOT NULL;
CREATE TABLE IF NOT EXISTS journey_events.frame_sessions (
    frame bigint NOT NULL,
    session bigint NOT NULL,
    PRIMARY KEY (frame, session)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- Data files, from their seal on.
CREATE TABLE IF NOT EXISTS journey_events.files (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset integer NOT NULL REFERENCES journey_events.datasets,
    name text NOT NULL,
    partition text NOT NULL,
    worker bigint NOT NULL,
    run bigint NOT NULL,
    sealed bigint NOT NULL,
    published boolean NOT NULL DEFAULT false,
    rows bigint,
    bytes bigint,
    UNIQUE (dataset, name)
);
CREATE INDEX IF NOT EXISTS unpublished_files ON journey_events.files (dataset, id) WHERE NOT published;
-- Which published files hold a session.
CREATE TABLE IF NOT EXISTS journey_events.contents (
    session bigint NOT NULL,
    file bigint NOT NULL,
    PRIMARY KEY (session, file)
);
CREATE INDEX IF NOT EXISTS contents_of_file ON journey_events.contents (file);

CREATE OR REPLACE VIEW journey_events.readable_sessions AS
SELECT
    datasets.id AS dataset,
    CASE get_byte(session_id, 0) WHEN 117 THEN encode(substr(session_id, 2), 'hex')::uuid::text
        ELSE encode(substr(session_id, 2), 'escape') END AS session,
    CASE state WHEN 0 THEN 'open' WHEN 1 THEN 'settled' WHEN 2 THEN 'absent' ELSE 'forgotten' END AS state,
    events,
    to_timestamp(last_event / 1000.0) AS last_event,
    to_timestamp(ended / 1000.0) AS ended,
    failure,
    worker AS held_by
FROM journey_events.sessions
JOIN journey_events.datasets ON datasets.key = sessions.dataset;

CREATE OR REPLACE VIEW journey_events.readable_files AS
SELECT
    datasets.id AS dataset,
    CASE partition WHEN '' THEN name ELSE partition || '/' || name END AS path,
    CASE WHEN published THEN 'published' ELSE 'unpublished' END AS state,
    rows,
    bytes,
    to_timestamp(sealed / 1000.0) AS sealed
FROM journey_events.files
JOIN journey_events.datasets ON datasets.key = files.dataset;

CREATE OR REPLACE VIEW journey_events.readable_workers AS
SELECT
    datasets.id AS dataset,
    workers.id AS worker,
    CASE state WHEN 0 THEN 'live' WHEN 1 THEN 'ended' ELSE 'dead' END AS state,
    machine,
    process,
    to_timestamp(started / 1000.0) AS started,
    to_timestamp(heartbeat / 1000000.0) AS heartbeat,
    (SELECT count(*) FROM journey_events.sessions WHERE sessions.worker = workers.id) AS sessions_held,
    requests,
    sessions_read
FROM journey_events.workers
JOIN journey_events.datasets ON datasets.key = workers.dataset;
