//! Lists of ids (stand-in).
use std::path::Path;
#[derive(Debug)]
pub(crate) struct ListError(String);
impl std::fmt::Display for ListError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
pub(crate) async fn read(path: &Path) -> Result<Vec<String>, ListError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let text = if path == Path::new("-") {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(&path)
        };
        let text =
            text.map_err(|error| ListError(format!("can't read {}: {error}", path.display())))?;
        Ok(text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(ToOwned::to_owned)
            .collect())
    })
    .await
    .map_err(|error| ListError(error.to_string()))?
}
