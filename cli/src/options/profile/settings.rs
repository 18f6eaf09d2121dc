//! The settings of one profile, as the official client reads them.

use toml::{Table, Value};
use url::Url;

/// One profile's table.
pub(super) struct Settings<'a>(pub(super) &'a Table);

/// Returns the entry of this name, or else of this name in another case.
pub(super) fn find<'a>(table: &'a Table, name: &str) -> Option<&'a Value> {
    let in_any_case = || {
        let found = table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    };
    table.get(name).or_else(in_any_case)
}

impl Settings<'_> {
    /// Returns a setting's text; `None` if it is empty.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, String> {
        let text = match find(self.0, name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Integer(number)) => number.to_string(),
            Some(_) => return Err(format!("{name} isn't a string")),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// Returns the address in the settings with this prefix, if the one that turns it on is set.
    pub(super) fn address(
        &self,
        prefix: &str,
        turned_on_by: &str,
        default_protocol: &str,
    ) -> Result<Option<Url>, String> {
        if self.text(turned_on_by)?.is_none() {
            return Ok(None);
        }
        let setting = |name: &str| self.text(&format!("{prefix}_{name}"));
        let protocol = setting("protocol")?.unwrap_or_else(|| default_protocol.to_owned());
        let host = setting("host")?.unwrap_or_default();
        let port = setting("port")?.map_or_else(String::new, |port| format!(":{port}"));
        let url = Url::parse(&format!("{protocol}://{host}{port}")).ok();
        let is_address = |url: &Url| {
            let has_user = !url.username().is_empty() || url.password().is_some();
            let has_more = url.query().is_some() || url.fragment().is_some();
            url.has_host() && !host.is_empty() && !has_user && !has_more && url.path().len() <= 1
        };
        // Not shown: it may contain a password.
        url.filter(is_address).map(Some).ok_or_else(|| {
            format!(
                "invalid {prefix}_protocol, {prefix}_host or {prefix}_port; expected such as https, \
                 {prefix}.example and 8443"
            )
        })
    }

    /// Returns one of the paths in a setting such as `{login: /a, api: /b}`; the root if it isn't there.
    pub(super) fn path(&self, setting: &str, name: &str) -> Result<String, String> {
        let paths = self.text(setting)?.unwrap_or_default();
        let paths = paths.trim_start_matches('{').trim_end_matches('}');
        let pairs = paths.split(',').filter_map(|pair| pair.split_once(':'));
        let mut found = pairs.filter(|(key, _)| key.trim() == name);
        let path = found.next().map_or("", |(_, path)| path.trim());
        Ok(path.to_owned())
    }
}
