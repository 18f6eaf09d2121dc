use super::*;

/// A service whose conversations change between requests.
struct Service {
    /// In the order of their start.
    conversations: Vec<u32>,
    next_id: u32,
    /// Most conversations of a page, whatever size is requested.
    page_size: usize,
    /// Whether that limit also numbers the pages.
    counts_in_page_size: bool,
    /// Whether pages have the count of all conversations.
    has_total: bool,
    random: fastrand::Rng,
    requests: usize,
}

impl Service {
    fn new(seed: u64, count: u32) -> Self {
        Self {
            conversations: (0..count).collect(),
            next_id: count,
            page_size: usize::MAX,
            counts_in_page_size: false,
            has_total: true,
            random: fastrand::Rng::with_seed(seed),
            requests: 0,
        }
    }

    fn page(&mut self, window: Window) -> FoundPage {
        self.requests += 1;
        let size = (window.size as usize).min(self.page_size);
        let start = if self.counts_in_page_size {
            (window.number as usize - 1) * size
        } else {
            window.start() as usize
        };
        let page = self.conversations.iter().skip(start).take(size);
        FoundPage {
            conversations: page.map(|id| digest(*id)).collect(),
            total: self.has_total.then_some(self.conversations.len() as u64),
        }
    }

    fn position(&mut self) -> usize {
        self.random.usize(..self.conversations.len())
    }

    fn appear(&mut self, position: usize) {
        self.conversations.insert(position, self.next_id);
        self.next_id += 1;
    }

    /// One change: one appears, at the end mostly; one disappears; both; or one moves.
    fn change(&mut self) {
        let position = self.position();
        match self.random.u8(..5) {
            0 => self.appear(position),
            1 => self.appear(self.conversations.len()),
            2 => drop(self.conversations.remove(position)),
            3 => {
                self.conversations.remove(position);
                self.appear(self.conversations.len());
            }
            _ => {
                let moved = self.conversations.remove(position);
                let position = self.position();
                self.conversations.insert(position, moved);
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
    search_while(service, |service| {
        if service.requests <= changes {
            service.change();
        }
    })
}

/// Searches one day of a service that changes after each request.
fn search_while(
    service: &mut Service,
    mut change: impl FnMut(&mut Service),
) -> Result<HashSet<Digest>, FindError> {
    let mut search = Search::new(day());
    let mut found = HashSet::new();
    loop {
        match search.next() {
            Next::Page { window, .. } => {
                let page = service.page(window);
                found.extend(page.conversations.iter().copied());
                search.page_received(&page);
                change(service);
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

/// Up to three conversations appear or disappear after every request, among 1,500 that stay.
#[test]
fn small_shifts_all_the_time_lose_nothing_and_cost_a_bounded_number_of_requests() {
    for seed in 0..50 {
        let mut service = Service::new(seed, 1_500);
        let found = search_while(&mut service, |service| {
            for _ in 0..service.random.u8(..=3) {
                let position = service.position();
                if service.random.bool() {
                    service.appear(position);
                } else if service.conversations[position] >= 1_500 {
                    service.conversations.remove(position);
                }
            }
        });
        let found = found.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
        assert!((0..1_500).all(|id| found.contains(&digest(id))), "{seed}");
        assert!(service.requests <= 100, "{seed}: {}", service.requests);
    }
}

#[test]
fn disappearances_all_the_time_lose_nothing_that_stays() {
    for seed in 0..50 {
        let mut service = Service::new(seed, 3_000);
        let found = search_while(&mut service, |service| {
            for _ in 0..service.random.u8(..=3) {
                let position = service.position();
                if service.conversations[position] % 2 == 0 {
                    service.conversations.remove(position);
                }
            }
        });
        let found = found.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
        let odd = |id: &u32| id % 2 == 1;
        assert!(
            (0..3_000).filter(odd).all(|id| found.contains(&digest(id))),
            "{seed}"
        );
        assert!(service.requests <= 100, "{seed}: {}", service.requests);
    }
}

#[test]
fn a_disappearance_costs_few_requests_however_much_was_read() {
    for gone in [1, 10, 60, 300] {
        let mut service = Service::new(0, 20_000);
        let found = search_while(&mut service, |service| {
            if service.requests == 100 {
                service.conversations.drain(10..10 + gone);
            }
        });
        assert_eq!(found.unwrap().len(), 20_000, "{gone}");
        let undisturbed = 231;
        assert!(
            service.requests <= undisturbed + 20,
            "{gone}: {}",
            service.requests
        );
    }
}

#[test]
fn a_service_whose_pages_are_smaller_than_requested_is_read_to_its_end() {
    for (page_size, counts_in_page_size, has_total) in [
        (50, false, true),
        (50, true, true),
        (50, false, false),
        (50, true, false),
        (13, false, false),
        (13, true, true),
    ] {
        let mut service = Service {
            page_size,
            counts_in_page_size,
            has_total,
            ..Service::new(0, 1_500)
        };
        let found = search(&mut service, 0).unwrap();
        assert_eq!(
            found.len(),
            1_500,
            "{page_size} {counts_in_page_size} {has_total}"
        );
        assert!(
            service.requests < 3 * 1_500 / page_size,
            "{}",
            service.requests
        );
    }
}

#[test]
fn pages_too_small_to_overlap_are_an_error() {
    for has_total in [true, false] {
        let mut service = Service {
            page_size: 1,
            has_total,
            ..Service::new(0, 1_500)
        };
        let error = search(&mut service, 0).unwrap_err();
        assert!(
            matches!(error, FindError::Shifting { read: 1, .. }),
            "{error:?}"
        );
    }
}

#[test]
fn pages_that_end_long_before_the_count_are_an_error() {
    for count in [0, 1, 50, 100, 1_400] {
        let mut service = Service::new(0, count);
        let page = |service: &mut Service, window| FoundPage {
            total: Some(1_500),
            ..service.page(window)
        };
        let mut search = Search::new(day());
        while let Next::Page { window, .. } = search.next() {
            search.page_received(&page(&mut service, window));
        }
        let (slice, error) = (
            day(),
            FindError::Short {
                read: count,
                total: 1_500,
            },
        );
        assert_eq!(search.next(), Next::Failed { slice, error });
        let error = error.in_slice(slice);
        assert_eq!(error.kind(), ErrorKind::Shifting);
        let end = format!("the pages end after {count} of 1500 conversations");
        assert!(error.to_string().ends_with(&end), "{error}");
    }
}

#[test]
fn pages_that_never_overlap_are_an_error() {
    let mut service = Service::new(0, 300);
    let error = search_while(&mut service, |service| {
        let next = service.next_id;
        service.conversations = (next..next + 300).collect();
        service.next_id += 300;
    });
    let error = error.unwrap_err();
    assert!(
        matches!(
            error,
            FindError::Shifting {
                total: Some(300),
                ..
            }
        ),
        "{error:?}"
    );
    let error = error.in_slice(day());
    assert_eq!(error.kind(), ErrorKind::Shifting);
    assert!(error.is_transient());
    let text = error.to_string();
    assert!(text.starts_with("conversations of 2026-03-01T"), "{text}");
    assert!(text.ends_with("of 300 conversations"), "{text}");
}

/// So many appear before the page that none is ever new.
#[test]
fn a_list_that_grows_faster_than_it_is_read_is_an_error() {
    let mut service = Service::new(0, 300);
    let error = search_while(&mut service, |service| {
        let next = service.next_id;
        service.conversations.splice(0..0, next..next + 100);
        service.next_id += 100;
    });
    let error = error.unwrap_err();
    assert!(matches!(error, FindError::Shifting { .. }), "{error:?}");
    assert!(service.requests <= 40, "{}", service.requests);
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
fn a_count_that_is_slightly_too_large_is_accepted_once_two_reads_agree() {
    for (count, total, requests) in [(2, 3, 4), (991, 1_000, 24)] {
        let mut service = Service::new(0, count);
        let mut search = Search::new(day());
        while let Next::Page { window, .. } = search.next() {
            search.page_received(&FoundPage {
                total: Some(total),
                ..service.page(window)
            });
        }
        assert_eq!(search.next(), Next::End);
        assert_eq!(service.requests, requests, "{count}");
    }
}

#[test]
fn a_service_without_counts_is_read_until_nothing_follows() {
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
fn a_service_that_ignores_page_numbers_is_an_error() {
    for count in [100, 150] {
        let (read, end) = slices(day(), |_, _| FoundPage {
            conversations: (0..count).map(digest).collect(),
            total: None,
        });
        let is_shifting = matches!(
            end,
            Next::Failed {
                error: FindError::Shifting { .. },
                ..
            }
        );
        assert!(is_shifting, "{end:?}");
        assert!(read.len() <= 20, "{count}: {}", read.len());
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
