//! Profiles of the official command-line client, in `~/.gc/config.toml`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use journey_events::{ClientBuilder, Region};
use serde::Deserialize;

/// Largest file read.
const LARGEST: u64 = 1024 * 1024;

/// A table of the file; what else is in it is the official client's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    environment: String,
    client_credentials: String,
    client_secret: String,
    access_token: String,
}

/// Settings of a profile. The error says what is wrong, and quotes nothing of the file but names.
pub(crate) fn builder(name: &str) -> Result<ClientBuilder, String> {
    let home = std::env::home_dir().ok_or("there is no home directory with a .gc/config.toml")?;
    let path = home.join(".gc").join("config.toml");
    let text = read(&path).map_err(|problem| format!("{}: {problem}", path.display()))?;
    settings(name, &text).map_err(|problem| format!("{}: {problem}", path.display()))
}

fn read(path: &PathBuf) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("it can't be read: {error}"))?;
    let mut text = String::new();
    match file.take(LARGEST + 1).read_to_string(&mut text) {
        Ok(_) if text.len() as u64 <= LARGEST => Ok(text),
        Ok(_) => Err(format!("it has more than {LARGEST} bytes")),
        Err(error) => Err(format!("it can't be read: {error}")),
    }
}

fn settings(name: &str, text: &str) -> Result<ClientBuilder, String> {
    // The parser's own words quote the line, which may hold a secret.
    let mut tables: BTreeMap<String, toml::Value> =
        toml::from_str(text).map_err(|_| "it is no TOML".to_owned())?;
    let Some(table) = tables.remove(name) else {
        let names: Vec<_> = tables.keys().map(String::as_str).collect();
        return Err(format!(
            "there is no profile {name:?}; there are: {}",
            names.join(", ")
        ));
    };
    let profile: Profile = table
        .try_into()
        .map_err(|_| format!("profile {name:?} has a setting that is no text"))?;
    let mut builder = ClientBuilder::default();
    if !profile.environment.is_empty() {
        let region: Region = profile
            .environment
            .parse()
            .map_err(|error| format!("environment of profile {name:?}: {error}"))?;
        builder = builder.region(region);
    }
    if !profile.access_token.is_empty() {
        return Ok(builder.access_token(profile.access_token));
    }
    if profile.client_credentials.is_empty() || profile.client_secret.is_empty() {
        return Err(format!(
            "profile {name:?} has neither access_token nor both of client_credentials and client_secret"
        ));
    }
    Ok(builder.client_credentials(profile.client_credentials, profile.client_secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [DEFAULT]
        environment = "mypurecloud.de"
        client_credentials = "id"
        client_secret = "s3cret"
        [other]
        environment = "evil.example"
        client_secret = "s3cret"
        access_token = "t0ken"
        [half]
        environment = "eu-west-1"
        client_credentials = "id"
        [odd]
        client_secret = 7
    "#;

    #[test]
    fn a_profile_has_region_and_credentials() {
        settings("DEFAULT", FILE).unwrap().build().unwrap();
    }

    #[test]
    fn attack_12_what_is_wrong_is_named_without_a_secret_and_no_host_is_taken_from_the_file() {
        for (name, file, named) in [
            ("none", FILE, "DEFAULT, half, odd, other"),
            ("other", FILE, "environment"),
            ("half", FILE, "client_secret"),
            ("odd", FILE, "no text"),
            ("DEFAULT", "[DEFAULT\nclient_secret = s3cret", "no TOML"),
        ] {
            let error = settings(name, file).unwrap_err();
            assert!(error.contains(named), "{name}: {error}");
            assert!(
                !error.contains("s3cret") && !error.contains("t0ken"),
                "{error}"
            );
        }
    }
}
