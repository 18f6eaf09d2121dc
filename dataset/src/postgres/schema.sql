-- The schema of journey-events: its ledger, and the quota that machines share.
-- It can run any number of times, and needs the permission to create a schema in this database.

CREATE SCHEMA IF NOT EXISTS journey_events;

-- One row. Every program checks it, and refuses another version than its own.
CREATE TABLE IF NOT EXISTS journey_events.schema_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL
);
INSERT INTO journey_events.schema_version (version) VALUES (1) ON CONFLICT DO NOTHING;
