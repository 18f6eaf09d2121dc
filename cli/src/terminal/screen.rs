//! What is on a terminal: messages, and below them one line that is redrawn.

use console::truncate_str;

/// Erases from the cursor to the end of the screen.
const ERASE: &str = "\r\x1b[J";
/// Keeps a line that is too long in its row: the terminal may get narrower while it is drawn.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";
const UP: &str = "\x1b[A\r";

/// Composes what is written to a terminal.
///
/// The cursor rests in an empty row above the drawn line. So everything from the cursor on belongs to that line,
/// also where a terminal that got narrower has wrapped it, and is erased without knowing how long it is. What
/// the user types is in the empty row, and Enter moves the cursor to the line, not past it.
///
/// Enter pressed twice before the line is drawn again, as by a key that is held down, leaves the line as it was.
#[derive(Debug, Default)]
pub(super) struct Screen {
    is_drawn: bool,
}

impl Screen {
    /// Returns the text that prints complete lines in place of the drawn line. Without lines, it clears the
    /// drawn one.
    pub(super) fn print(&mut self, lines: &str) -> String {
        if std::mem::take(&mut self.is_drawn) {
            format!("{ERASE}{lines}")
        } else {
            lines.to_owned()
        }
    }

    /// Returns the text that draws a line in place of the one drawn before.
    pub(super) fn draw(&mut self, Line { text, columns }: Line<'_>) -> String {
        let cleared = self.print("");
        self.is_drawn = true;
        // Some terminals wrap as soon as the last column is written.
        let shown = truncate_str(text, columns.saturating_sub(1), "");
        format!("{cleared}{NO_WRAP}\r\n{shown}{WRAP}{UP}")
    }
}

/// A line to draw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// Width of the terminal.
    pub(super) columns: usize,
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    const ROWS: u16 = 100;
    const COUNTING: &str = "/ 1 of 3 sessions, 500 events, 50/s, quota left: 7";

    /// A terminal that cuts its rows when it gets narrower, as xterm does.
    fn cutting(columns: u16) -> vt100::Parser {
        let [rows, columns] = [ROWS, columns].map(|size| NonZeroU16::new(size).unwrap());
        vt100::Parser::new(rows, columns, 0)
    }

    /// A terminal that wraps its rows again when it gets narrower, as most others do.
    fn rewrapping(columns: usize) -> avt::Terminal {
        avt::Terminal::with_scrollback(columns, ROWS.into(), None).unwrap()
    }

    fn rows(terminal: &avt::Terminal) -> Vec<String> {
        let rows = terminal.screen().all_lines();
        let rows = rows.map(|row| row.text().trim_end().to_owned());
        rows.filter(|row| !row.is_empty()).collect()
    }

    /// As a terminal receives it.
    fn sent(text: &str) -> String {
        text.replace('\n', "\r\n")
    }

    fn line(columns: usize) -> Line<'static> {
        Line {
            text: COUNTING,
            columns,
        }
    }

    #[test]
    fn messages_stay_and_the_line_leaves_nothing_at_any_width() {
        let messages = [
            "journey-events: session 1: done\n",
            "journey-events: 大きな店 Größe 👩‍👩‍👧 é\n  next: try again\n",
            "x\n",
        ];
        for columns in [1, 2, 20, 80, 400] {
            let (mut with_line, mut without) = (cutting(columns), cutting(columns));
            let mut screen = Screen::default();
            for message in messages {
                for text in [
                    screen.draw(line(columns.into())),
                    screen.print(message),
                    screen.draw(line(columns.into())),
                ] {
                    with_line.process(sent(&text).as_bytes());
                }
                without.process(sent(message).as_bytes());
            }
            let is_shown = with_line.screen().contents().contains("1 of 3");
            assert_eq!(is_shown, columns >= 20, "{columns}");
            with_line.process(screen.print("").as_bytes());
            assert_eq!(
                with_line.screen().contents(),
                without.screen().contents(),
                "{columns}"
            );
            assert_eq!(
                with_line.screen().cursor_position(),
                without.screen().cursor_position()
            );
        }
    }

    #[test]
    fn a_line_takes_one_row_also_where_it_is_wider_than_the_terminal_has_become() {
        let mut terminal = rewrapping(20);
        let mut screen = Screen::default();
        terminal.feed(screen.draw(line(400)).as_str());
        assert_eq!(rows(&terminal).len(), 1, "{:?}", rows(&terminal));
        terminal.feed(screen.print("").as_str());
        assert_eq!(rows(&terminal), [""; 0]);
    }

    #[test]
    fn a_resized_terminal_keeps_nothing_of_the_line() {
        for (before, after) in [(80, 20), (80, 7), (400, 30), (20, 400), (30, 80)] {
            let (mut cutting, mut rewrapping) = (cutting(before), rewrapping(before.into()));
            let mut screen = Screen::default();
            let drawn = sent("before\n") + &screen.draw(line(before.into()));
            cutting.process(drawn.as_bytes());
            rewrapping.feed(drawn.as_str());

            let size = [ROWS, after].map(|size| NonZeroU16::new(size).unwrap());
            cutting.screen_mut().set_size(size[0], size[1]);
            rewrapping.resize(after.into(), ROWS.into());
            let printed = screen.draw(line(after.into())) + &sent(&screen.print("after\n"));
            cutting.process(printed.as_bytes());
            rewrapping.feed(printed.as_str());
            assert_eq!(cutting.screen().contents(), "before\nafter");
            assert_eq!(rows(&rewrapping), ["before", "after"], "{before} {after}");
        }
    }

    #[test]
    fn what_the_user_types_leaves_nothing_of_the_line() {
        for typed in ["\r\n", "abc", "abc\r\n", "a text that takes two rows"] {
            let mut terminal = cutting(20);
            let mut screen = Screen::default();
            for _ in 0..2 * ROWS {
                let drawn = screen.draw(line(20)) + typed;
                terminal.process(drawn.as_bytes());
            }
            terminal.process(screen.print("").as_bytes());
            let contents = terminal.screen().contents();
            assert!(!contents.contains("of"), "{typed:?}: {contents}");
        }
    }

    #[test]
    fn no_mode_of_the_terminal_stays_changed() {
        let mut screen = Screen::default();
        let text = [screen.draw(line(80)), screen.draw(line(80))].concat();
        assert_eq!(text.matches(NO_WRAP).count(), text.matches(WRAP).count());
        assert!(text.rfind(WRAP) > text.rfind(NO_WRAP));
        assert_eq!(screen.print("c\n"), format!("{ERASE}c\n"));
        assert_eq!(screen.print("d\n"), "d\n");
    }
}
