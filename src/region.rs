//! The regions of Genesys Cloud and their hosts.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

macro_rules! regions {
    ($($variant:ident $name:literal $domain:literal,)+) => {
        /// Where an organization lives; decides the API and the login host.
        ///
        /// Written as its AWS region name (`eu-central-1`) or as its domain (`mypurecloud.de`), the two
        /// forms that `GENESYSCLOUD_REGION` takes. For a region that is not here yet, or for a gateway,
        /// use [`ClientBuilder::base_url`](crate::ClientBuilder::base_url).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Region {
            $(
                #[doc = concat!("`", $name, "`, domain `", $domain, "`.")]
                $variant,
            )+
        }

        impl Region {
            /// Every region.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The AWS region name, such as `eu-central-1`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The domain below which `api.` and `login.` are, such as `mypurecloud.de`.
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

impl Region {
    /// The API's base URL, such as `https://api.mypurecloud.de`.
    #[must_use]
    pub fn api_url(self) -> String {
        format!("https://api.{}", self.domain())
    }

    /// The login service's base URL, such as `https://login.mypurecloud.de`.
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

    /// Takes a region name or a domain, in any case.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), with the names that are allowed.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wanted = text.trim();
        Self::ALL
            .iter()
            .copied()
            .find(|region| {
                wanted.eq_ignore_ascii_case(region.name())
                    || wanted.eq_ignore_ascii_case(region.domain())
            })
            .ok_or_else(|| {
                let names: Vec<_> = Self::ALL.iter().map(|region| region.name()).collect();
                Error::invalid_input(format!(
                    "region {text:?} is not known; allowed are {} or their domains; \
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
    fn a_region_is_found_by_name_and_by_domain() {
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
    fn an_unknown_region_is_refused_with_those_allowed() {
        let error = "eu-nowhere-9".parse::<Region>().unwrap_err().to_string();
        assert!(
            error.contains("eu-nowhere-9") && error.contains("eu-central-1"),
            "{error}"
        );
    }
}
