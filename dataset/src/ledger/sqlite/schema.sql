-- Dates are in milliseconds since 1970 (UTC). The views below show all of it in readable form.

-- One row. `counter` stamps runs and reads.
CREATE TABLE dataset (
    id TEXT NOT NULL,
    digest_key BLOB NOT NULL,
    counter INTEGER NOT NULL
);

-- state: 0 live, 1 ended, 2 declared dead. `heartbeat` is by the clock since boot.
-- requests, sessions_read: requests sent and sessions read so far; recent_…: those of the last `recent_millis`, about a minute.
CREATE TABLE workers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state INTEGER NOT NULL,
    run INTEGER NOT NULL,
    lock_name TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    heartbeat INTEGER NOT NULL,
    machine TEXT NOT NULL,
    process INTEGER NOT NULL,
    started INTEGER NOT NULL,
    requests INTEGER NOT NULL DEFAULT 0,
    sessions_read INTEGER NOT NULL DEFAULT 0,
    recent_requests INTEGER NOT NULL DEFAULT 0,
    recent_sessions_read INTEGER NOT NULL DEFAULT 0,
    recent_millis INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX live_workers ON workers (id) WHERE state = 0;

-- session_id: 16 bytes if it is a UUID, text otherwise.
-- state: 0 open, 1 settled, 2 absent, 3 forgotten.
-- read_stamp: the counter when the last read was claimed. Due for a run is what has a lower one.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    session_id NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    read_stamp INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    last_event INTEGER,
    ended INTEGER,
    reported_events INTEGER,
    malformed INTEGER
);
CREATE UNIQUE INDEX session_ids ON sessions (session_id);
CREATE INDEX forgotten_sessions ON sessions (id) WHERE state = 3;
CREATE INDEX due_sessions ON sessions (read_stamp) WHERE state = 0;

-- Position and troubles of open sessions.
-- since_start: when the current read from the beginning began, NULL if the checkpoint continues an older one.
-- since_events: how many events were recorded when it began.
CREATE TABLE reads (
    session INTEGER PRIMARY KEY,
    checkpoint TEXT,
    since_start INTEGER,
    since_events INTEGER NOT NULL DEFAULT 0,
    first_sight INTEGER,
    failure TEXT,
    missing_runs INTEGER NOT NULL DEFAULT 0,
    missing_since INTEGER,
    missing_run INTEGER
);
CREATE INDEX failed_reads ON reads (session) WHERE failure IS NOT NULL;

-- Who reads which session. `epoch` is the counter when it was claimed.
CREATE TABLE claims (
    session INTEGER PRIMARY KEY,
    worker INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    previous_stamp INTEGER NOT NULL
);
CREATE INDEX claims_of_worker ON claims (worker);

-- 8 bytes for each event recorded, in the order of commits. id: session * 16777216 (2 to the power of 24) +
-- number of the commit, in one value because that saves a tenth of the space.
CREATE TABLE digests (
    id INTEGER PRIMARY KEY,
    digests BLOB NOT NULL
);

-- state: 0 listed in every run, 2 absent, 3 forgotten.
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    contact_id TEXT NOT NULL UNIQUE,
    state INTEGER NOT NULL DEFAULT 0,
    read_stamp INTEGER NOT NULL DEFAULT 0,
    worker INTEGER,
    previous_stamp INTEGER,
    failure TEXT,
    missing_runs INTEGER NOT NULL DEFAULT 0,
    missing_since INTEGER,
    missing_run INTEGER
);
CREATE TABLE contact_sessions (
    contact INTEGER NOT NULL,
    session INTEGER NOT NULL,
    PRIMARY KEY (contact, session)
) WITHOUT ROWID;

-- Files in `parts/`, until all their frames are published.
CREATE TABLE parts (
    id INTEGER PRIMARY KEY,
    worker INTEGER NOT NULL,
    number INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    UNIQUE (worker, number)
);
-- The rows of one partition in a part, until they are published. file: NULL until sealed.
CREATE TABLE frames (
    id INTEGER PRIMARY KEY,
    part INTEGER NOT NULL,
    partition TEXT NOT NULL,
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    rows INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    file INTEGER
);
CREATE INDEX frames_of_part ON frames (part);
CREATE INDEX frames_of_file ON frames (file);
CREATE TABLE frame_sessions (
    frame INTEGER NOT NULL,
    session INTEGER NOT NULL,
    PRIMARY KEY (frame, session)
) WITHOUT ROWID;

-- Data files, from their seal on.
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    partition TEXT NOT NULL,
    worker INTEGER NOT NULL,
    run INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    published INTEGER NOT NULL DEFAULT 0,
    rows INTEGER,
    bytes INTEGER
);
CREATE INDEX unpublished_files ON files (id) WHERE published = 0;
-- Which published files hold a session.
CREATE TABLE contents (
    session INTEGER NOT NULL,
    file INTEGER NOT NULL,
    PRIMARY KEY (session, file)
) WITHOUT ROWID;

CREATE VIEW readable_sessions AS
SELECT
    CASE typeof(session_id) WHEN 'text' THEN session_id ELSE lower(
        substr(hex(session_id), 1, 8) || '-' || substr(hex(session_id), 9, 4) || '-' ||
        substr(hex(session_id), 13, 4) || '-' || substr(hex(session_id), 17, 4) || '-' ||
        substr(hex(session_id), 21)) END AS session,
    CASE state WHEN 0 THEN 'open' WHEN 1 THEN 'settled' WHEN 2 THEN 'absent' ELSE 'forgotten' END AS state,
    events,
    datetime(last_event / 1000, 'unixepoch') AS last_event,
    datetime(ended / 1000, 'unixepoch') AS ended,
    reads.failure AS failure,
    claims.worker AS held_by
FROM sessions
LEFT JOIN reads ON reads.session = sessions.id
LEFT JOIN claims ON claims.session = sessions.id;

CREATE VIEW readable_files AS
SELECT
    CASE partition WHEN '' THEN name ELSE partition || '/' || name END AS path,
    CASE published WHEN 0 THEN 'unpublished' ELSE 'published' END AS state,
    rows,
    bytes,
    datetime(sealed / 1000, 'unixepoch') AS sealed
FROM files;

CREATE VIEW readable_workers AS
SELECT
    id AS worker,
    CASE state WHEN 0 THEN 'live' WHEN 1 THEN 'ended' ELSE 'dead' END AS state,
    machine,
    process,
    datetime(started / 1000, 'unixepoch') AS started,
    (SELECT count(*) FROM claims WHERE claims.worker = workers.id) AS sessions_held,
    requests,
    sessions_read
FROM workers;
