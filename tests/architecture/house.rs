//! The files of one package and which of them use which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::source::{Reference, Source};

/// One package's production code.
#[derive(Debug, Default)]
pub(crate) struct House {
    /// By module path: `fetch/retry` is `fetch/retry/mod.rs` or `fetch/retry.rs`, the root is empty.
    pub(crate) files: BTreeMap<String, File>,
}

#[derive(Debug, Default)]
pub(crate) struct File {
    /// Other files of the package that it refers to.
    pub(crate) uses: BTreeSet<String>,
    /// Names that its other paths begin with: outside crates among them.
    pub(crate) outside: BTreeSet<String>,
}

impl House {
    /// Reads a package from its root file, following `mod` lines, so that files of tests are left out.
    pub(crate) fn read(root: &Path) -> Self {
        let mut found = BTreeMap::new();
        let folder = root.parent().expect("a folder").to_owned();
        collect(root, &folder, "", &mut found);
        Self::from_sources(&found)
    }

    pub(crate) fn from_sources(sources: &BTreeMap<String, Source>) -> Self {
        let file_of = |module: &[String]| {
            let ends = (0..=module.len()).rev();
            ends.map(|end| module[..end].join("/"))
                .find(|path| sources.contains_key(path))
        };
        let mut files = BTreeMap::new();
        for (path, source) in sources {
            let mut file = File::default();
            for reference in &source.paths {
                match target(path, source, reference) {
                    Target::Inside(module) => {
                        file.uses
                            .extend(file_of(&module).filter(|used| used != path));
                    }
                    Target::Outside(name) => {
                        file.outside.insert(name);
                    }
                    Target::Local => {}
                }
            }
            files.insert(path.clone(), file);
        }
        Self { files }
    }

    fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().flat_map(|(from, file)| {
            let uses = file.uses.iter();
            uses.map(move |to| (from.as_str(), to.as_str()))
        })
    }

    /// Circles between files.
    pub(crate) fn file_circles(&self) -> Vec<String> {
        circles(self.edges())
    }

    /// Circles between folders (or files) that are in the same folder.
    pub(crate) fn sibling_circles(&self) -> Vec<String> {
        let folders: BTreeSet<&str> = self
            .files
            .keys()
            .map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder))
            .collect();
        let within = |folder: &str| {
            let edges = self.edges().filter_map(|(from, to)| {
                let pair = (child_of(folder, from)?, child_of(folder, to)?);
                (pair.0 != pair.1).then_some(pair)
            });
            circles(edges)
        };
        folders.into_iter().flat_map(within).collect()
    }

    /// Uses of a layer from one that is not above it; `layers` are the children of `folder`, top first.
    pub(crate) fn upward_uses(&self, folder: &str, layers: &[&str]) -> Vec<String> {
        let layer = |path: &str| {
            if path == folder {
                return Some(0);
            }
            let child = child_of(folder, path)?;
            let found = layers.iter().position(|layer| *layer == child);
            Some(found.unwrap_or_else(|| panic!("{path} is in none of the layers {layers:?}")) + 1)
        };
        self.edges()
            .filter(|(from, to)| matches!((layer(from), layer(to)), (Some(from), Some(to)) if to < from))
            .map(|(from, to)| format!("{from} uses {to}"))
            .collect()
    }

    /// Files that use an outside crate, other than those in the folders allowed.
    pub(crate) fn other_users(&self, name: &str, allowed: &[&str]) -> Vec<&str> {
        self.files
            .iter()
            .filter(|(_, file)| file.outside.contains(name))
            .map(|(path, _)| path.as_str())
            .filter(|path| !allowed.iter().any(|folder| is_within(path, folder)))
            .collect()
    }
}

/// What a path refers to.
enum Target {
    /// An item of the package, by its whole path.
    Inside(Vec<String>),
    /// Something that isn't in the package, such as an outside crate, by its first name.
    Outside(String),
    /// A single name.
    Local,
}

fn target(path: &str, source: &Source, reference: &Reference) -> Target {
    let (Some(first), 2..) = (reference.segments.first(), reference.segments.len()) else {
        return Target::Local;
    };
    let mut segments = &reference.segments[..];
    let parts = path.split('/').filter(|part| !part.is_empty());
    let mut module: Vec<String> = parts.map(Into::into).collect();
    module.extend_from_slice(&reference.inside);
    match first.as_str() {
        "crate" => {
            module.clear();
            segments = &segments[1..];
        }
        "self" | "super" => {
            while let Some("self" | "super") = segments.first().map(String::as_str) {
                if segments[0] == "super" {
                    module.pop();
                }
                segments = &segments[1..];
            }
        }
        first if source.children.iter().any(|child| child == first) => {}
        first => return Target::Outside(first.to_owned()),
    }
    module.extend_from_slice(segments);
    Target::Inside(module)
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The name under which a path goes in a folder above it.
fn child_of<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    let rest = match folder {
        "" => path,
        _ => path.strip_prefix(folder)?.strip_prefix('/')?,
    };
    rest.split('/').next().filter(|child| !child.is_empty())
}

fn collect(file: &Path, folder: &Path, module: &str, found: &mut BTreeMap<String, Source>) {
    let text =
        std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let source = Source::read(&text);
    for child in &source.children {
        let inside = folder.join(child);
        let candidates: [PathBuf; 2] = [inside.with_extension("rs"), inside.join("mod.rs")];
        let path = candidates.iter().find(|path| path.is_file());
        let path =
            path.unwrap_or_else(|| panic!("no file for `mod {child}` of {}", file.display()));
        let module = [module, child].join("/");
        collect(path, &inside, module.trim_start_matches('/'), found);
    }
    found.insert(module.to_owned(), source);
}

/// One circle for each node that can be reached from itself, written from its smallest node on.
fn circles<'a>(edges: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut graph: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in edges {
        graph.entry(from).or_default().insert(to);
    }
    let mut found = BTreeSet::new();
    for start in graph.keys() {
        let mut previous: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = vec![*start];
        while let Some(node) = queue.pop() {
            for next in graph.get(node).into_iter().flatten() {
                if !previous.contains_key(next) {
                    previous.insert(next, node);
                    queue.push(next);
                }
            }
        }
        if previous.contains_key(start) {
            let mut circle = vec![*start];
            while previous[circle[circle.len() - 1]] != *start {
                circle.push(previous[circle[circle.len() - 1]]);
            }
            circle.reverse();
            let smallest = (0..circle.len())
                .min_by_key(|index| circle[*index])
                .unwrap_or(0);
            circle.rotate_left(smallest);
            found.insert(circle.join(" -> "));
        }
    }
    found.into_iter().collect()
}
