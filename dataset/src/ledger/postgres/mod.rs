//! The ledgers of many datasets in a PostgreSQL database, for many machines.
//!
//! ```text
//! ledger ──► connection ──► server, troubles       reconnects; another server; what to repeat and report
//!   │            │
//!   │            └────────► attempt, holder ──► tx  a transaction once; who blocks it; prepared statements
//!   ├──► workers, sources, contacts, claims         what is read, and who reads it
//!   ├──► commit ──► part                            what was read
//!   ├──► files, forget                              parts, frames, files
//!   └──► totals
//!          └──► values                              ids and dates as PostgreSQL stores them
//! ```
//!
//! # Locks
//!
//! Transactions run at READ COMMITTED and lock what they rely on. A transaction that writes for a worker locks the
//! worker's row (`FOR KEY SHARE`): to declare it dead (`FOR UPDATE`) waits for that, so a dead worker's last commit is
//! either recorded before its sessions are released, or refused. A heartbeat writes no key, so that it doesn't wait for
//! a commit, nor for its connection. Rows of sessions are locked in the order of their keys; a deadlock that happens
//! nevertheless is repeated at once. Reads of several statements see one snapshot.
//!
//! # Lost replies
//!
//! If the connection ends before the reply to COMMIT, or the server is silent for longer than it works on any statement,
//! the transaction may have been recorded. It is repeated, with
//! [`Tx::may_be_committed`](tx::Tx::may_be_committed), until a reply is received:
//!
//! | operation | why its repetition does no harm |
//! | --- | --- |
//! | `begin_run` | the row is found by the random name of the worker's lock |
//! | `next_run` | a second stamp is taken: sessions are due since then |
//! | `heartbeat`, `declare_dead` | the same rows are written again, or are no longer live |
//! | `cancel` | a dead worker is taken as declared dead by the first attempt |
//! | `end` | an ended worker is taken as ended by the first attempt |
//! | `add_sessions`, `add_contacts` | known ones are left as they are; only the number of new ones is too low |
//! | `claim`, `claim_contacts` | what was claimed under the same epoch is returned, once the first attempt has let go of the worker's row |
//! | `end_contact` | the contact is no longer held: nothing is written |
//! | `restart` | the session starts over once more under the same claim |
//! | `commit` | its number is recorded: the outcome is returned |
//! | `retry_failed` | they are due already; only the number may be too low, for what was claimed meanwhile |
//! | `reread` | sessions are opened once more; what was claimed meanwhile is claimed again |
//! | `seal` | the frames are sealed: `unpublished` has their files, which this worker publishes |
//! | `mark_published` | the file is marked by this worker: that counts as done by this call |
//! | `parts_removed`, `mark_replaced` | nothing is left to remove |
//! | `forget` | the same sessions are marked, and returned |

mod attempt;
mod claims;
mod commit;
mod connection;
mod contacts;
mod files;
mod forget;
mod holder;
pub(crate) mod ledger;
mod part;
mod server;
mod sources;
mod totals;
mod troubles;
mod tx;
mod values;
mod workers;
