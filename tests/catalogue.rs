//! Every row of the catalogue in `tests/README.md` has a test with its number in its name, and every kind of error a
//! row in `docs/errors.md` and a class in Python.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

fn text(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Rows of the table: the number, and the files in the last column.
fn rows() -> Vec<(String, Vec<String>)> {
    let readme = text("tests/README.md");
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    let is_row = |cells: &Vec<String>| {
        let number = cells.get(1).map(|cell| cell.trim_start_matches('A'));
        cells.len() == 6 && number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let rows = readme.lines().map(cells).filter(is_row);
    rows.map(|cells| {
        let files = cells[4]
            .split(", ")
            .map(|file| file.trim_matches('`').to_owned());
        (cells[1].clone(), files.collect())
    })
    .collect()
}

#[test]
fn every_catalogue_row_has_a_test_in_the_listed_files() {
    let rows = rows();
    let numbers: Vec<_> = rows.iter().map(|(number, _)| number.clone()).collect();
    let faults = (1..=91).map(|number| number.to_string());
    let attacks = (1..=13).map(|number| format!("A{number}"));
    assert_eq!(numbers, faults.chain(attacks).collect::<Vec<_>>());
    for (number, files) in rows {
        let name = match number.strip_prefix('A') {
            Some(attack) => format!("attack_{attack:0>2}_"),
            None => format!("row_{number:0>2}_"),
        };
        for file in files {
            // A check in Python runs only if its module lists it, once more than it is defined.
            let text = text(&file);
            let tests = text.lines().filter(|line| line.contains(&name));
            let is_python = Path::new(&file).extension().is_some_and(|end| end == "py");
            let (definition, listed) = if is_python { ("def ", 2) } else { ("fn ", 1) };
            let is_defined = tests.clone().any(|line| line.contains(definition));
            let has_test = is_defined && tests.count() >= listed;
            assert!(has_test, "{file} has no test `{name}…`");
        }
    }
}

#[test]
fn every_kind_of_error_is_described_once() {
    let source = text("src/error/kind.rs");
    let variants = source.split("pub enum ErrorKind {").nth(1).unwrap();
    let variants = variants.split("\n}").next().unwrap().lines();
    let kinds: Vec<_> = variants
        .filter_map(|line| line.strip_prefix("    ")?.strip_suffix(','))
        .filter(|kind| !kind.starts_with('/'))
        .collect();
    assert!(kinds.contains(&"InvalidInput") && kinds.contains(&"Runtime"));

    let page = text("docs/errors.md");
    let table = page.split("## Kind by kind").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    let described: Vec<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(described, kinds);

    // In Python each has a class, but for `Runtime`, which is no error of a request.
    let classes = text("python/journey_events/_errors.py");
    for kind in kinds.iter().filter(|kind| **kind != "Runtime") {
        let word = format!("kind = \"{}\"", snake_case(kind));
        assert!(classes.lines().any(|line| line.trim() == word), "{word}");
    }
}

/// `RateLimited` is `rate_limited`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
