//! Parquet's memory is bounded by bytes, whatever the number of events.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::io;

use journey_events_dataset::format::{FileWriter, Format, Layout, Row};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// Returns an event of about this many bytes. No two have much in common, so they compress badly.
fn event(bytes: usize, random: &mut u64) -> String {
    let mut text = String::with_capacity(bytes + 32);
    while text.len() < bytes {
        *random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        write!(text, "{:x}", *random >> 8).unwrap();
    }
    let half = text.len() / 2;
    let (title, attribute) = text.split_at(half);
    format!(
        r#"{{"id":"{random}","eventType":"a.WebEvent","webEvent":{{"page":{{"title":"{title}"}},"attributes":{{"a":"{attribute}"}}}}}}"#
    )
}

/// Writes this many MiB of events and returns the peak of the heap, in bytes.
fn peak(mib: usize, event_bytes: usize) -> usize {
    let mut random = 7;
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let layout = Layout::new(Format::Parquet);
    let mut writer = FileWriter::new(io::sink(), &layout).unwrap();
    for _ in 0..mib * MIB / event_bytes {
        let json = event(event_bytes, &mut random);
        let row = Row {
            session: "s",
            synced_at: None,
            json: &json,
        };
        writer.write(&row).unwrap();
    }
    writer.finish().unwrap();
    HEAP.peak_usage() - before
}

#[test]
fn memory_is_bounded_whatever_the_number_of_events() {
    // Measured: 23 to 28 MiB, of which 8 MiB are a row group.
    for (mib, event_bytes) in [(100, 20_000), (20, 2_000), (100, 200_000)] {
        let held = peak(mib, event_bytes) / MIB;
        assert!(
            held < 32,
            "{held} MiB for {mib} MiB of events of {event_bytes} bytes"
        );
    }
    // Measured: 13, of which the event's text here is one or two.
    let (size, held) = (12 * MIB, peak(48, 12 * MIB));
    assert!(held < 15 * size, "{held} bytes for huge events");
}
