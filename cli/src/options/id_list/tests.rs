use super::*;

const A: &str = "5b1c1e8e-9d6a-4d0f-8a7b-1d2c3b4a5f60";
const B: &str = "6c2d2f9f-0e7b-4e1f-9b8c-2e3d4c5b6a71";
const C: &str = "7d3e3fa0-1f8c-4f20-8c9d-3f4e5d6c7b82";

fn of(bytes: &[u8]) -> Result<Vec<String>, String> {
    ids(bytes, "list", IdsOf::Sessions).map_err(|error| error.to_string())
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
    units.flat_map(bytes).collect()
}

#[test]
fn row_91_an_encoding_and_line_breaks_do_not_matter() {
    let text = format!("{A}\r\n{B} \r\n\r\n{A}\r\n");
    for list in [
        text.clone().into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        text.replace("\r\n", "\n").into_bytes(),
        text.replace("\r\n", "\r").into_bytes(),
        utf_16(&text, u16::to_le_bytes),
        utf_16(&text, u16::to_be_bytes),
        text.trim_end().as_bytes().to_vec(),
    ] {
        assert_eq!(of(&list).unwrap(), [A, B], "{list:x?}");
    }
}

#[test]
fn row_91_what_people_write_around_ids_is_skipped() {
    for list in [
        format!("# of today\n\n \t{A}\u{a0}\n  # more\n\"{B}\"\n"),
        format!("'{A}'\n{B}  # the one that failed\n{A}\n"),
        format!("“{A}”\n{B},\n"),
        format!("{A},\n{B},\n"),
        format!("Session Id\n{A}\n{B}\n"),
        format!("\"sessionId\"\n\"{A}\"\n\"{B}\"\n"),
        format!("Journey of today\n{A}\n{B}\n"),
        format!("journeys\n{A}\n{B}\n"),
    ] {
        assert_eq!(of(list.as_bytes()).unwrap(), [A, B], "{list}");
    }
}

#[test]
fn row_91_a_column_of_ids_is_found_by_its_header_or_its_values() {
    for list in [
        format!("Session Id,Contact\n{A},a\n{B},b\n"),
        format!("Contact;SESSION_ID\nana;{A}\nben;{B}\n"),
        format!("Contact Id,Session Id\n{B},{A}\n{A},{B}\n"),
        format!("Name\tjourneyCustomerSessionId\tId\nana\t{A}\t1\nben\t{B}\t2\n"),
        format!("sep=;\nName, first;Session Id\nana;{A}\nben;{B}\n"),
        format!("Name,Session\n\"Ana, \"\"A\"\"\",{A}\n\"Ben\nin two lines\",{B}\n"),
        format!("Name,Journey\nana,{A}\nben,{B}\n"),
        format!("ana 1,{A}\nben 2,{B}\n"),
        format!("ana,{A}\nben,{B}\n"),
        format!("Session Id,Note\n{A},x\n,no journey\n,\n{B}\n{A},again\n"),
    ] {
        assert_eq!(of(list.as_bytes()).unwrap(), [A, B], "{list}");
    }
    // Windows-1252, as spreadsheets export it.
    let latin = [b"Name;Session Id\nJos\xe9;", A.as_bytes(), b"\n"].concat();
    assert_eq!(of(&latin).unwrap(), [A]);
}

#[test]
fn ids_that_are_not_uuids_are_kept_too() {
    assert_eq!(of(b"s-1\nnobody\ns-1\n").unwrap(), ["s-1", "nobody"]);
    assert_eq!(
        of(format!("nobody2\n{A}\n").as_bytes()).unwrap(),
        ["nobody2", A]
    );
}

#[test]
fn a_list_without_ids_is_empty() {
    for list in [
        "",
        "\u{feff}",
        "\r\n \n",
        "# none\n",
        "Session Id\n",
        "sep=,\n",
    ] {
        assert!(of(list.as_bytes()).unwrap().is_empty(), "{list:?}");
    }
}

#[test]
fn an_error_names_the_line_and_what_was_given_and_expected() {
    for (list, expected) in [
        (
            format!("{A}\n\n# note\n5b1c 1e8e\n"),
            "line 4 of list: \"5b1c 1e8e\" isn't a valid id; expected a UUID",
        ),
        (format!("5b1c 1e8e\n{A}\n"), "line 1 of list: \"5b1c 1e8e\""),
        (format!("\r\r{A}\r{A}/x\r"), "line 4 of list"),
        (
            format!("Note,Session Id\n\"a\nb\",{A}\n\n\"c\nd\",§\n"),
            "line 5 of list: \"§\"",
        ),
        (
            format!("{A},{B}\n"),
            &format!("several columns may have the ids: 1 (\"{A}\"), 2 (\"{B}\")"),
        ),
        (
            format!("Contact Id,Name\n{A},ana\n"),
            "line 1 of list: only ids of another kind: 1 (\"Contact Id\")",
        ),
        (
            "a b,c d\ne f,g h\n".to_owned(),
            "no column of ids among 1 (\"a b\")",
        ),
        ("not a list\n".to_owned(), "\"not a list\" isn't a valid id"),
        ("\n{\"id\":\"a\"}\n".to_owned(), "line 2 of list: JSON"),
        ("PK\u{3}\u{4}".to_owned(), "a spreadsheet"),
        ("5\0b\0".to_owned(), "UTF-16 without a byte order mark"),
    ] {
        let error = of(list.as_bytes()).unwrap_err();
        assert!(error.contains(expected), "{error}\n{list}");
        assert!(
            error.contains("\n  next: ") && error.ends_with("nothing was sent"),
            "{error}"
        );
    }
}

#[test]
fn a_value_in_an_error_is_shortened() {
    let error = of(format!("{A}\n{}\n", "x y".repeat(1_000)).as_bytes()).unwrap_err();
    assert!(error.len() < 400 && error.contains("…"), "{error}");
}

#[test]
fn a_file_that_is_not_a_list_is_refused_before_it_is_in_memory() {
    let endless = io::repeat(b'x');
    let error = ids(endless, "list", IdsOf::Sessions)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("line 1 is longer than 65536 bytes"),
        "{error}"
    );
    let unclosed = format!("{A},\"").into_bytes();
    let endless = unclosed.as_slice().chain(Repeated(b"of a note\n"));
    let error = ids(endless, "list", IdsOf::Sessions)
        .unwrap_err()
        .to_string();
    assert!(error.contains("a quote may not be closed"), "{error}");
}

/// A text without an end.
struct Repeated(&'static [u8]);

impl Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.0.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        Ok(length)
    }
}

#[test]
fn a_long_list_is_read_to_its_end() {
    let lines = (0..20_000).map(|number| format!("s-{number}\n\n"));
    let list: String = lines.collect();
    assert_eq!(of(list.as_bytes()).unwrap().len(), 20_000);
    let error = of(format!("{list}{C} {A}\n").as_bytes()).unwrap_err();
    assert!(error.contains("line 40001 of list"), "{error}");
}
