//! A pseudo terminal for the program, and what its screen shows.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// After this time, a test has failed.
const TIMEOUT: Duration = Duration::from_secs(60);
/// So that nothing scrolls away.
const ROWS: u16 = 2_000;

/// Wraps lines again, which is the end of drawing one.
const WRAP: &str = "\x1b[?7h";

/// A terminal.
pub(crate) struct Terminal {
    /// Path of its device.
    pub(crate) path: OsString,
    master: File,
    slave: Option<File>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything the program sent.
    pub(crate) sent: Vec<u8>,
}

impl Terminal {
    pub(crate) fn open(columns: u16) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        // Programs of other tests would keep it open.
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = open(&name, flags, Mode::empty()).unwrap();
        let (master, slave) = (File::from(master), File::from(slave));
        let (sender, output) = channel();
        let mut reading = master.try_clone().unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Fails once the program has ended.
            while let Ok(length @ 1..) = reading.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let size = [ROWS, columns].map(|size| NonZeroU16::new(size).unwrap());
        let terminal = Self {
            path: OsString::from_vec(name.into_bytes()),
            master,
            slave: Some(slave),
            output,
            screen: vt100::Parser::new(size[0], size[1], 0),
            sent: Vec::new(),
        };
        terminal.set_size(columns);
        terminal
    }

    /// Returns the terminal as stdout or stderr of a program.
    pub(crate) fn stdio(&self) -> Stdio {
        self.slave.as_ref().unwrap().try_clone().unwrap().into()
    }

    /// Makes it wider or narrower.
    pub(crate) fn resize(&mut self, columns: u16) {
        self.set_size(columns);
        let size = [ROWS, columns].map(|size| NonZeroU16::new(size).unwrap());
        self.screen.screen_mut().set_size(size[0], size[1]);
    }

    fn set_size(&self, columns: u16) {
        let size = Winsize {
            ws_row: ROWS,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.master, size).unwrap();
    }

    /// Reads until the screen shows the text.
    pub(crate) fn shows(&mut self, text: &str) {
        while !self.screen.screen().contents().contains(text) {
            let read = self.output.recv_timeout(TIMEOUT);
            self.take(&read.unwrap_or_else(|_| panic!("no {text:?} in {}", self.contents())));
        }
    }

    /// Reads until a line is drawn once more.
    pub(crate) fn redraws(&mut self) {
        self.receives(&[WRAP]);
    }

    /// Types a text, and reads until it is echoed and a line is drawn once more.
    pub(crate) fn types(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
        self.receives(&[&text.replace('\r', "\r\n"), WRAP]);
    }

    /// Shows a message of another program, and returns what the screen shows then.
    pub(crate) fn with_message(&mut self, message: &str) -> String {
        let mut slave = self.slave.as_ref().unwrap();
        slave.write_all(message.as_bytes()).unwrap();
        self.shows(message.trim());
        self.contents()
    }

    /// Reads until it has received more, with these texts one after the other.
    fn receives(&mut self, texts: &[&str]) {
        let before = self.sent.len();
        let has_all = |sent: &[u8]| {
            let sent = String::from_utf8_lossy(sent);
            let rest = texts.iter().try_fold(&*sent, |rest, text| {
                rest.split_once(text).map(|(_, rest)| rest)
            });
            rest.is_some()
        };
        while !has_all(&self.sent[before..]) {
            let read = self.output.recv_timeout(TIMEOUT);
            self.take(&read.unwrap_or_else(|_| panic!("no {texts:?} after {}", self.contents())));
        }
    }

    /// Returns whether the cursor is shown, and lines are wrapped.
    pub(crate) fn is_as_it_was(&self) -> bool {
        let sent = String::from_utf8_lossy(&self.sent);
        let wraps = sent.rfind(WRAP) >= sent.rfind("\x1b[?7l");
        wraps && !self.screen.screen().hide_cursor()
    }

    /// Reads the rest, once the program has ended, and returns what the screen shows: rows that were
    /// wrapped as one line.
    pub(crate) fn finally_shows(&mut self) -> String {
        self.slave = None;
        loop {
            match self.output.recv_timeout(TIMEOUT) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => return self.contents(),
                Err(RecvTimeoutError::Timeout) => panic!("the terminal is still open"),
            }
        }
    }

    fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.sent.extend(bytes);
    }
}
