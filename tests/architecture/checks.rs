//! Each check fails where it should, on made-up houses.

use std::collections::BTreeMap;

use crate::house::House;
use crate::source::Source;

/// A house of files, each with its text.
fn house(files: &[(&str, &str)]) -> House {
    let read = |(path, text): &(&str, &str)| ((*path).to_owned(), Source::read(text));
    House::from_sources(&files.iter().map(read).collect::<BTreeMap<_, _>>())
}

#[test]
fn a_circle_between_files_is_found_through_any_kind_of_path() {
    for (one, other) in [
        ("use crate::a::two::X;", "fn f() { crate::a::one::g() }"),
        ("use super::two::X;", "use super::{one::Y, three};"),
        (
            "fn f() -> super::two::X {}",
            "println!(\"{}\", crate::a::one::LIMIT);",
        ),
        (
            "type T = Vec<super::two::X>;",
            "use crate::{a::{one::{self}}};",
        ),
    ] {
        let files = [
            ("", "mod a;"),
            ("a", "mod one; mod two;"),
            ("a/one", one),
            ("a/two", other),
        ];
        assert_eq!(
            house(&files).file_circles(),
            ["a/one -> a/two"],
            "{one} {other}"
        );
    }
}

#[test]
fn a_child_and_its_parent_that_use_each_other_are_a_circle() {
    let files = [
        ("", "mod a;"),
        ("a", "mod one; use one::X; pub struct Y;"),
        ("a/one", "use super::Y;"),
    ];
    assert_eq!(house(&files).file_circles(), ["a -> a/one"]);
}

#[test]
fn an_inline_module_belongs_to_its_file() {
    let files = [
        ("", "mod a; mod b;"),
        ("a", "mod inner { use super::super::b::X; }"),
        ("b", "use crate::a::Y;"),
    ];
    assert_eq!(house(&files).file_circles(), ["a -> b"]);
}

#[test]
fn a_circle_between_sibling_folders_is_found_without_one_between_files() {
    let files = [
        ("", "mod a; mod b;"),
        ("a", "mod one; mod two;"),
        ("a/one", "use crate::b::one::X;"),
        ("a/two", ""),
        ("b", "mod one; mod two;"),
        ("b/one", ""),
        ("b/two", "use crate::a::two::X;"),
    ];
    let house = house(&files);
    assert!(house.file_circles().is_empty());
    assert_eq!(house.sibling_circles(), ["a -> b"]);
}

#[test]
fn a_use_of_a_layer_above_is_found_and_so_is_one_of_the_root() {
    let files = [
        ("", "mod top; mod low;"),
        ("top", "use crate::low::X;"),
        ("low", ""),
    ];
    assert!(house(&files).upward_uses("", &["top", "low"]).is_empty());
    assert_eq!(
        house(&files).upward_uses("", &["low", "top"]),
        ["top uses low"]
    );
    let files = [
        ("", "mod low; pub use low::X;"),
        ("low", "use crate::Other;"),
    ];
    assert_eq!(house(&files).upward_uses("", &["low"]), ["low uses "]);
}

#[test]
#[should_panic(expected = "none of the layers")]
fn a_folder_that_is_in_no_layer_is_an_error() {
    house(&[("", "mod a; mod b;"), ("a", "use crate::b::X;"), ("b", "")]).upward_uses("", &["a"]);
}

#[test]
fn a_second_user_of_a_crate_is_found() {
    let files = [
        ("", "mod a; mod b;"),
        ("a", "use reqwest::Client;"),
        ("b", "fn f() { reqwest::get() }"),
    ];
    assert_eq!(house(&files).other_users("reqwest", &["a"]), ["b"]);
}

#[test]
fn tests_comments_and_texts_are_left_out() {
    let text = r#"
        //! See [`crate::b::X`] and reqwest::Client.
        const TEXT: &str = "crate::b::X";
        #[cfg(test)]
        mod tests { use crate::b::X; }
        #[cfg(any(test, fuzzing))]
        pub mod fuzzing;
        #[cfg(test)]
        use reqwest::Client;
    "#;
    let house = house(&[("", "mod a; mod b;"), ("a", text), ("b", "")]);
    assert!(house.files["a"].uses.is_empty());
    assert!(house.other_users("reqwest", &[]).is_empty());
}
