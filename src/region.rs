//! The regions of Genesys Cloud.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

macro_rules! regions {
    ($($variant:ident $name:literal $domain:literal,)+) => {
        /// The region of an organization, which determines the API and login hosts.
        ///
        /// It parses from both forms that `GENESYSCLOUD_REGION` takes: the AWS region name
        /// (`eu-central-1`) and the domain (`mypurecloud.de`). For a region that isn't listed yet, or a
        /// gateway, use [`ClientBuilder::base_url`](crate::ClientBuilder::base_url).
        ///
        /// ```
        /// use journey_events::Region;
        ///
        /// let region: Region = "mypurecloud.de".parse()?;
        /// assert_eq!(region, Region::EuCentral1);
        /// assert_eq!(region.api_url(), "https://api.mypurecloud.de");
        /// # Ok::<(), journey_events::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Region {
            $(
                #[doc = concat!("`", $name, "`, domain `", $domain, "`.")]
                $variant,
            )+
        }

        impl Region {
            /// All regions.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the AWS region name, such as `eu-central-1`.
            ///
            /// ```
            /// assert_eq!(journey_events::Region::EuCentral1.name(), "eu-central-1");
            /// ```
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the domain of the `api.` and `login.` hosts, such as `mypurecloud.de`.
            ///
            /// ```
            /// assert_eq!(journey_events::Region::EuCentral1.domain(), "mypurecloud.de");
            /// ```
            #[must_use]
            pub fn domain(self) -> &'static str {
                match self { $(Self::$variant => $domain,)+ }
            }
        }
    };
}

regions! {
    UsEast1 "us-east-1" "mypurecloud.com",
    UsEast2 "us-east-2" "use2.us-gov-pure.cloud",
    UsWest2 "us-west-2" "usw2.pure.cloud",
    CaCentral1 "ca-central-1" "cac1.pure.cloud",
    MxCentral1 "mx-central-1" "mxc1.pure.cloud",
    SaEast1 "sa-east-1" "sae1.pure.cloud",
    EuWest1 "eu-west-1" "mypurecloud.ie",
    EuWest2 "eu-west-2" "euw2.pure.cloud",
    EuCentral1 "eu-central-1" "mypurecloud.de",
    EuCentral2 "eu-central-2" "euc2.pure.cloud",
    EuscDeEast1 "eusc-de-east-1" "edee1.eusc-pure.cloud",
    MeCentral1 "me-central-1" "mec1.pure.cloud",
    ApSouth1 "ap-south-1" "aps1.pure.cloud",
    ApNortheast1 "ap-northeast-1" "mypurecloud.jp",
    ApNortheast2 "ap-northeast-2" "apne2.pure.cloud",
    ApNortheast3 "ap-northeast-3" "apne3.pure.cloud",
    ApSoutheast1 "ap-southeast-1" "apse1.pure.cloud",
    ApSoutheast2 "ap-southeast-2" "mypurecloud.com.au",
}

/// Hosts of every region that people copy into settings.
const HOSTS: [&str; 3] = ["api.", "login.", "apps."];

impl Region {
    /// Returns the API's base URL, such as `https://api.mypurecloud.de`.
    ///
    /// ```
    /// assert_eq!(journey_events::Region::UsWest2.api_url(), "https://api.usw2.pure.cloud");
    /// ```
    #[must_use]
    pub fn api_url(self) -> String {
        format!("https://api.{}", self.domain())
    }

    /// Returns the login service's base URL, such as `https://login.mypurecloud.de`.
    ///
    /// ```
    /// assert_eq!(journey_events::Region::UsWest2.login_url(), "https://login.usw2.pure.cloud");
    /// ```
    #[must_use]
    pub fn login_url(self) -> String {
        format!("https://login.{}", self.domain())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Region {
    type Err = Error;

    /// Parses a region name or a domain, ignoring case, and as the official tools also write them: with
    /// underscores (`eu_central_2`), with a host's name before the domain (`api.mypurecloud.de`), or as a
    /// URL (`https://login.mypurecloud.de/`).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), listing the valid names.
    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.trim().to_ascii_lowercase();
        let host = lower.strip_prefix("https://").unwrap_or(&lower);
        let host = host.trim_end_matches('/');
        let domain = HOSTS.iter().find_map(|name| host.strip_prefix(name));
        let name = host.replace('_', "-");
        Self::ALL
            .iter()
            .copied()
            .find(|region| name == region.name() || domain.unwrap_or(host) == region.domain())
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|region| region.name()).collect();
                // A URL may contain a password.
                let shown = if text.contains('@') {
                    String::new()
                } else {
                    format!(" {text:?}")
                };
                Error::invalid_input(format!(
                    "unknown region{shown}; expected one of {} or its domain; \
                     set the base URL for any other",
                    names.join(", ")
                ))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_parses_from_its_name_and_its_domain() {
        for &region in Region::ALL {
            assert_eq!(region.name().parse::<Region>().unwrap(), region);
            assert_eq!(
                region.domain().to_uppercase().parse::<Region>().unwrap(),
                region
            );
        }
        assert_eq!(Region::EuCentral1.api_url(), "https://api.mypurecloud.de");
        assert_eq!(
            Region::EuCentral1.login_url(),
            "https://login.mypurecloud.de"
        );
    }

    #[test]
    fn a_region_parses_as_the_official_tools_write_it() {
        for (text, region) in [
            (" EU-CENTRAL-1\n", Region::EuCentral1),
            ("eu_central_2", Region::EuCentral2),
            ("me_central_1", Region::MeCentral1),
            ("api.mypurecloud.de", Region::EuCentral1),
            ("https://api.mypurecloud.com.au", Region::ApSoutheast2),
            ("HTTPS://Login.usw2.pure.cloud/", Region::UsWest2),
            ("https://apps.mypurecloud.com/", Region::UsEast1),
        ] {
            assert_eq!(text.parse::<Region>().unwrap(), region, "{text}");
        }
    }

    #[test]
    fn a_host_that_only_resembles_a_regions_is_refused() {
        for text in [
            "https://api.mypurecloud.de.example",
            "http://api.mypurecloud.de",
            "https://api.api.mypurecloud.de",
            "https://user@api.mypurecloud.de",
            "https://mypurecloud.de/path",
            "evil-mypurecloud.de",
            "api.eu-central-1.",
            "",
        ] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_unknown_region_is_an_error_that_lists_the_valid_ones() {
        let error = "eu-nowhere-9".parse::<Region>().unwrap_err().to_string();
        assert!(
            error.contains("eu-nowhere-9") && error.contains("eu-central-1"),
            "{error}"
        );
    }
}
