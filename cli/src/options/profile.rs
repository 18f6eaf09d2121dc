//! Profiles of the official command-line client, in `~/.gc/config.toml`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use journey_events::{ClientBuilder, Region};
use serde::Deserialize;

/// Largest file read, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;

/// The settings of a profile that matter here; the official client has more.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    environment: String,
    client_credentials: String,
    client_secret: String,
    access_token: String,
}

/// Returns the file that has the profiles.
pub(crate) fn path() -> Option<PathBuf> {
    std::env::home_dir().map(|home| home.join(".gc").join("config.toml"))
}

/// Returns a builder with the settings of a profile. Errors never quote a secret.
pub(crate) fn builder(name: &str) -> Result<ClientBuilder, String> {
    let path = path().ok_or("no home directory, so no .gc/config.toml")?;
    let text = read(&path).map_err(|problem| format!("{}: {problem}", path.display()))?;
    settings(name, &text).map_err(|problem| format!("{}: {problem}", path.display()))
}

fn read(path: &PathBuf) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    match file.take(MAX_SIZE + 1).read_to_string(&mut text) {
        Ok(_) if text.len() as u64 <= MAX_SIZE => Ok(text),
        Ok(_) => Err(format!("larger than {MAX_SIZE} bytes")),
        Err(error) => Err(error.to_string()),
    }
}

fn settings(name: &str, text: &str) -> Result<ClientBuilder, String> {
    // The parser's message quotes the line, which may contain a secret.
    let mut tables: BTreeMap<String, toml::Value> =
        toml::from_str(text).map_err(|_| "not valid TOML".to_owned())?;
    let Some(table) = tables.remove(name) else {
        let names: Vec<_> = tables.keys().map(String::as_str).collect();
        return Err(format!(
            "no profile {name:?}; available: {}",
            names.join(", ")
        ));
    };
    let profile: Profile = table
        .try_into()
        .map_err(|_| format!("profile {name:?} has a setting that isn't a string"))?;
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
            "profile {name:?} needs access_token, or both client_credentials and client_secret"
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
    fn a_profile_sets_region_and_credentials() {
        settings("DEFAULT", FILE).unwrap().build().unwrap();
    }

    #[test]
    fn attack_12_errors_quote_no_secret_and_an_unknown_host_is_refused() {
        for (name, file, named) in [
            ("none", FILE, "DEFAULT, half, odd, other"),
            ("other", FILE, "environment"),
            ("half", FILE, "client_secret"),
            ("odd", FILE, "isn't a string"),
            (
                "DEFAULT",
                "[DEFAULT\nclient_secret = s3cret",
                "not valid TOML",
            ),
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
