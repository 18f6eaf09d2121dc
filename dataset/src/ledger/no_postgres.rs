//! What stands in for ledgers in PostgreSQL in a build without the feature `postgres`.

pub(crate) mod ledger {
    use crate::error::Result;
    use crate::ledger::Opened;
    use crate::ledger::digest::DigestKey;
    use crate::postgres::PostgresUrl;
    use crate::waiting::Waiting;

    pub(crate) struct PostgresLedger;

    impl PostgresLedger {
        pub(crate) fn create(
            url: &PostgresUrl,
            _: &str,
            _: &DigestKey,
            _: &Waiting,
        ) -> Result<Opened> {
            url.never()
        }

        pub(crate) fn open(url: &PostgresUrl, _: &str, _: &Waiting) -> Result<Opened> {
            url.never()
        }
    }
}
