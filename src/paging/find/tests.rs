use super::*;

/// A service whose conversations change between requests.
struct Service {
    /// In the order of their start.
    conversations: Vec<u32>,
    next_id: u32,
    random: fastrand::Rng,
    requests: usize,
}

impl Service {
    fn new(seed: u64, count: u32) -> Self {
        Self {
            conversations: (0..count).collect(),
            next_id: count,
            random: fastrand::Rng::with_seed(seed),
            requests: 0,
        }
    }

    fn page(&mut self, window: Window) -> FoundPage {
        self.requests += 1;
        let (start, end) = (window.start() as usize, window.end() as usize);
        let page = self.conversations.iter().skip(start).take(end - start);
        FoundPage {
            conversations: page.map(|id| digest(*id)).collect(),
            total: Some(self.conversations.len() as u64),
        }
    }

    fn place(&mut self) -> usize {
        self.random.usize(..self.conversations.len())
    }

    fn appear(&mut self, place: usize) {
        self.conversations.insert(place, self.next_id);
        self.next_id += 1;
    }

    /// One change: one appears, at the end mostly; one disappears; both; or one moves.
    fn change(&mut self) {
        let place = self.place();
        match self.random.u8(..5) {
            0 => self.appear(place),
            1 => self.appear(self.conversations.len()),
            2 => drop(self.conversations.remove(place)),
            3 => {
                self.conversations.remove(place);
                self.appear(self.conversations.len());
            }
            _ => {
                let moved = self.conversations.remove(place);
                let place = self.place();
                self.conversations.insert(place, moved);
            }
        }
    }
}

fn digest(id: u32) -> Digest {
    Digest::of_id(&id.to_string())
}

fn interval(start: &str, end: &str) -> Interval {
    Interval::new(&(start.parse().unwrap()..end.parse().unwrap())).unwrap()
}

fn day() -> Interval {
    interval("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
}

/// Searches one day of a service that changes after each of the first so many requests.
fn search(service: &mut Service, changes: usize) -> Result<HashSet<Digest>, FindError> {
    let mut search = Search::new(day());
    let mut found = HashSet::new();
    loop {
        match search.next() {
            Next::Page { window, .. } => {
                let page = service.page(window);
                found.extend(page.conversations.iter().copied());
                search.page_received(&page);
                if service.requests <= changes {
                    service.change();
                }
            }
            Next::End => return Ok(found),
            Next::Failed { error, .. } => return Err(error),
        }
    }
}

#[test]
fn nothing_is_lost_while_pages_shift() {
    for seed in 0..500 {
        let mut service = Service::new(seed, 90 + u32::try_from(seed % 7).unwrap() * 90);
        let before = service.conversations.clone();
        let found = search(&mut service, usize::try_from(seed % 13).unwrap()).unwrap();
        let stayed = before
            .iter()
            .filter(|id| service.conversations.contains(id));
        let lost: Vec<_> = stayed.filter(|id| !found.contains(&digest(**id))).collect();
        assert!(lost.is_empty(), "seed {seed}: lost {lost:?}");
    }
}

/// The one that numbers alone don't show: one read before disappears, another one appears at the end.
#[test]
fn a_shift_that_leaves_the_count_as_it_was_is_noticed() {
    let mut service = Service::new(0, 250);
    let mut search = Search::new(day());
    let mut found = HashSet::new();
    while let Next::Page { window, .. } = search.next() {
        let page = service.page(window);
        found.extend(page.conversations.iter().copied());
        search.page_received(&page);
        if service.requests == 1 {
            service.conversations.remove(10);
            service.appear(249);
        }
    }
    assert_eq!(search.next(), Next::End);
    assert_eq!(found.len(), 251);
}

#[test]
fn conversations_that_do_not_change_are_read_once() {
    for (count, requests) in [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (1_000, 12)] {
        let mut service = Service::new(0, count);
        let found = search(&mut service, 0).unwrap();
        assert_eq!(found.len(), count as usize);
        assert_eq!(service.requests, requests, "{count}");
    }
}

#[test]
fn later_conversations_are_read_without_another_read() {
    let mut service = Service::new(0, 950);
    let mut search = Search::new(day());
    let mut read = HashSet::new();
    while let Next::Page { window, .. } = search.next() {
        let page = service.page(window);
        read.extend(page.conversations.iter().copied());
        search.page_received(&page);
        let at = service.conversations.len();
        service.appear(at);
    }
    assert_eq!(service.requests, 11);
    assert_eq!(read.len(), 960);
}

#[test]
fn pages_that_shift_all_the_time_are_an_error() {
    let mut service = Service::new(0, 300);
    let mut search = Search::new(day());
    while let Next::Page { window, .. } = search.next() {
        search.page_received(&service.page(window));
        service.conversations.remove(0);
        let at = service.conversations.len();
        service.appear(at);
    }
    let (slice, error) = (day(), FindError::Shifting);
    assert_eq!(search.next(), Next::Failed { slice, error });
    let error = error.in_slice(slice);
    assert_eq!(error.kind(), ErrorKind::Shifting);
    assert!(error.is_transient());
    assert!(
        error
            .to_string()
            .starts_with("conversations of 2026-03-01T"),
        "{error}"
    );
}

/// Answers each request with a total, as long as the search lasts. Returns the slices.
fn slices(of: Interval, answer: impl Fn(Interval, Window) -> FoundPage) -> (Vec<String>, Next) {
    let mut search = Search::new(of);
    let mut slices = Vec::new();
    while let Next::Page { slice, window } = search.next() {
        slices.push(slice.to_string());
        search.page_received(&answer(slice, window));
    }
    (slices, search.next())
}

fn empty(total: u64) -> FoundPage {
    FoundPage {
        conversations: Vec::new(),
        total: Some(total),
    }
}

#[test]
fn a_count_that_is_never_reached_is_accepted_once_two_reads_agree() {
    let (read, end) = slices(day(), |_, _| FoundPage {
        conversations: vec![digest(1), digest(2)],
        total: Some(3),
    });
    assert_eq!((read.len(), end), (4, Next::End));
}

#[test]
fn a_service_without_counts_is_read_to_its_first_short_page() {
    let mut service = Service::new(0, 321);
    let mut search = Search::new(day());
    let mut found = HashSet::new();
    while let Next::Page { window, .. } = search.next() {
        let page = FoundPage {
            total: None,
            ..service.page(window)
        };
        found.extend(page.conversations.iter().copied());
        search.page_received(&page);
    }
    assert_eq!((search.next(), found.len()), (Next::End, 321));
}

#[test]
fn a_full_page_is_not_the_last_whatever_the_count_says() {
    let mut service = Service::new(0, 321);
    let mut search = Search::new(day());
    let mut found = HashSet::new();
    while let Next::Page { window, .. } = search.next() {
        let page = FoundPage {
            total: Some(100),
            ..service.page(window)
        };
        found.extend(page.conversations.iter().copied());
        search.page_received(&page);
    }
    assert_eq!((search.next(), found.len()), (Next::End, 321));
}

#[test]
fn a_service_that_ignores_page_numbers_does_not_keep_the_search_going() {
    let page = |count: u32| FoundPage {
        conversations: (0..count).map(digest).collect(),
        total: None,
    };
    for count in [100, 150] {
        let (read, end) = slices(day(), |_, _| page(count));
        assert_eq!((read.len(), end), (4, Next::End), "{count}");
    }
}

#[test]
fn an_interval_is_read_in_slices_of_seven_days() {
    let (read, end) = slices(
        interval("2026-02-25T13:00:00Z", "2026-03-12T00:00:00Z"),
        |_, _| empty(0),
    );
    assert_eq!(end, Next::End);
    assert_eq!(
        read,
        [
            "2026-02-25T13:00:00.000Z/2026-03-04T00:00:00.000Z",
            "2026-03-04T00:00:00.000Z/2026-03-11T00:00:00.000Z",
            "2026-03-11T00:00:00.000Z/2026-03-12T00:00:00.000Z",
        ]
    );
}

#[test]
fn a_slice_with_more_conversations_than_can_be_listed_is_halved() {
    let noon = "2026-03-01T12:00:00.000Z";
    let (read, end) = slices(day(), |slice, _| {
        let is_whole = !slice.to_string().contains(noon);
        empty(if is_whole { 100_001 } else { 0 })
    });
    assert_eq!(end, Next::End);
    assert_eq!(
        read[1..],
        [
            format!("2026-03-01T00:00:00.000Z/{noon}"),
            format!("{noon}/2026-03-02T00:00:00.000Z"),
        ]
    );
}

#[test]
fn a_minute_with_more_conversations_than_can_be_listed_is_an_error() {
    let (read, end) = slices(day(), |_, _| empty(100_001));
    let Next::Failed { slice, error } = end else {
        panic!("{end:?}");
    };
    assert_eq!(read.len(), 11);
    let error = error.in_slice(slice);
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("100000"), "{error}");
}

#[test]
fn as_many_conversations_as_can_be_listed_are_read() {
    let mut service = Service::new(0, MAX_RESULTS);
    let found = search(&mut service, 0).unwrap();
    assert_eq!(found.len(), MAX_RESULTS as usize);
}
