//! The name of the quota that a client's requests count against.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::client::base_url::checked_url;
use crate::client::builder::ClientBuilder;
use crate::client::checks::check_credentials;
use crate::fetch::auth::credentials::Credentials;
use crate::region::Region;

impl ClientBuilder {
    /// Returns a name for the quota that this client's requests count against: the SHA-256 of the API's base
    /// URL and the client id or access token, in hexadecimal.
    ///
    /// Clients with the same name should share one [`quota`](ClientBuilder::quota), whichever process they
    /// are in. Neither credential can be read from it. `None` if the endpoint or the credentials are
    /// missing or invalid, and for a [`token_source`](ClientBuilder::token_source), since only the source
    /// knows whose tokens it returns.
    ///
    /// ```
    /// use journey_events::{Client, Region};
    ///
    /// let builder = Client::builder().region(Region::EuCentral1);
    /// assert_eq!(builder.quota_name(), None);
    /// let builder = builder.client_credentials("id", "secret");
    /// assert_eq!(builder.quota_name().map(|name| name.len()), Some(64));
    /// ```
    #[must_use]
    pub fn quota_name(&self) -> Option<String> {
        let api = self.base_url.clone();
        let api = api.or_else(|| self.region.map(Region::api_url))?;
        let api = checked_url("base URL", &api, self.plain_http).ok()?;
        let credentials = self.credentials.as_ref()?;
        check_credentials(credentials).ok()?;
        // What the service counts by: the OAuth client, or else the token.
        let (kind, account) = match credentials {
            Credentials::AccessToken(token) => ("token", token.expose_secret()),
            Credentials::Client(client) => ("client", client.id.as_str()),
            Credentials::Source(_) => return None,
        };
        let api = api.as_str().trim_end_matches('/');
        // None of the parts can contain a line break.
        let digest = Sha256::digest(format!("{api}\n{kind}\n{account}"));
        Some(digest.iter().fold(String::new(), |mut name, byte| {
            let _ = write!(name, "{byte:02x}");
            name
        }))
    }
}

#[cfg(test)]
mod tests {
    use crate::fetch::auth::source::token_fn;
    use crate::fetch::auth::token::AccessToken;
    use crate::{Client, ClientBuilder, Region};

    fn region() -> ClientBuilder {
        Client::builder().region(Region::EuCentral1)
    }

    #[test]
    fn the_same_endpoint_and_account_have_the_same_name_and_others_another() {
        let name = |builder: ClientBuilder| builder.quota_name().unwrap();
        let first = name(region().client_credentials("id", "secret"));
        let same = [
            region().client_credentials("id", "another-secret"),
            region()
                .base_url("https://API.mypurecloud.de:443/")
                .client_credentials("id", "secret"),
        ];
        for builder in same {
            assert_eq!(name(builder), first);
        }
        let other = [
            region().client_credentials("id2", "secret"),
            region().access_token("id"),
            region()
                .base_url("https://gateway.example")
                .client_credentials("id", "secret"),
            Client::builder()
                .region(Region::EuWest1)
                .client_credentials("id", "secret"),
        ];
        for builder in other {
            assert_ne!(name(builder), first);
        }
    }

    #[test]
    fn there_is_no_name_without_an_endpoint_and_an_account() {
        let source = token_fn(|_refused| async { Ok(AccessToken::new("t")) });
        for builder in [
            region(),
            region().token_source(source),
            region().access_token("line\nbreak"),
            region()
                .base_url("https://user:password@host")
                .access_token("t"),
            Client::builder().access_token("t"),
        ] {
            assert_eq!(builder.quota_name(), None);
        }
    }

    #[test]
    fn the_name_shows_neither_token_nor_client_id() {
        let name = region().access_token("canary").quota_name().unwrap();
        assert!(!name.contains("canary"));
        assert!(name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
