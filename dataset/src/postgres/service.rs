//! The service file: parameters of connections by name.

use std::fs;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::parameters::Parameters;

/// Adds the parameters of a service, as far as they aren't set.
pub(crate) fn add_service(parameters: &mut Parameters, service: &str, file: &Path) -> Result<()> {
    let text = fs::read_to_string(file)
        .map_err(|error| wrong(file, "can't be read").with_source(error))?;
    let mut is_in_section = false;
    let mut is_found = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let malformed = |what: &str| wrong(file, &format!("{what} in line {}", index + 1));
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name
                .strip_suffix(']')
                .ok_or_else(|| malformed("has no `]`"))?;
            if is_in_section {
                break;
            }
            is_in_section = name == service;
            is_found |= is_in_section;
            continue;
        }
        if !is_in_section {
            continue;
        }
        let (name, value) = line
            .split_once('=')
            .ok_or_else(|| malformed("has no `=`"))?;
        if name == "service" {
            return Err(malformed("has a service within a service"));
        }
        parameters.add(name, value.to_owned()).map_err(|error| {
            malformed("has a parameter that isn't supported").with_source(error)
        })?;
    }
    if is_found {
        return Ok(());
    }
    Err(wrong(file, &format!("has no section `[{service}]`")))
}

fn wrong(file: &Path, cause: &str) -> Error {
    let message = format!(
        "the PostgreSQL service file `{}` {cause}; next: correct it, or set PGSERVICEFILE",
        file.display()
    );
    Error::new(ErrorKind::Settings, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, service: &str) -> Result<Parameters> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        fs::write(&file, text).unwrap();
        let mut parameters = Parameters::default();
        parameters.add("host", "first".to_owned()).unwrap();
        add_service(&mut parameters, service, &file).map(|()| parameters)
    }

    #[test]
    fn a_section_adds_what_is_not_set() {
        let text = "# mine\n[other]\nuser=x\n\n[it]\nhost=second\nuser=me\n# not\npassword=a=b\n[last]\nport=1";
        let found = read(text, "it").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.get("host"), Some("first"));
        assert_eq!(found.get("user"), Some("me"));
        assert_eq!(found.get("password"), Some("a=b"));
        assert_eq!(found.get("port"), None);
    }

    #[test]
    fn an_error_names_file_and_line_and_no_value() {
        for (text, service, part) in [
            ("[a]\nuser=x", "b", "no section `[b]`"),
            ("[b]\n\npassword canary", "b", "line 3"),
            ("[b]\nsslkey=canary", "b", "line 2"),
            ("[b]\nservice=canary", "b", "line 2"),
            ("[b", "b", "line 1"),
        ] {
            let Err(error) = read(text, service) else {
                panic!("{text}")
            };
            let error = error.to_string();
            assert!(
                error.contains(part) && error.contains("services`"),
                "{error}"
            );
            assert!(!error.contains("canary"), "{error}");
        }
        let mut parameters = Parameters::default();
        let error = add_service(&mut parameters, "a", Path::new("/nowhere/at-all")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at-all"), "{error}");
    }
}
