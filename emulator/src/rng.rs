//! The only source of random numbers: the same ones for a seed, on every machine and in every
//! version.

/// `SplitMix64` (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
///
/// Implemented here because a random number crate may change its stream between versions, which
/// would change every generated event.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Rng {
    /// Returns the stream for these parts, such as a seed, a session and a visit.
    pub(crate) fn of<const N: usize>(parts: [u64; N]) -> Self {
        Self(parts.into_iter().fold(0, |key, part| {
            scramble(key.wrapping_add(GOLDEN_GAMMA) ^ scramble(part.wrapping_add(GOLDEN_GAMMA)))
        }))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN_GAMMA);
        scramble(self.0)
    }

    /// Returns a number below `bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// Returns true once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<'a, T, const N: usize>(&mut self, choices: &'a [T; N]) -> &'a T {
        const { assert!(N > 0, "nothing to pick from") };
        let index = usize::try_from(self.below(N as u64)).unwrap_or_default();
        #[expect(
            clippy::indexing_slicing,
            reason = "below(N) is under N, and N is not zero"
        )]
        &choices[index]
    }

    /// Returns a UUID formatted as version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff,
        )
    }
}

fn scramble(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn the_stream_matches_the_published_one() {
        // The first numbers of SplitMix64 from a state of 1234567, by its reference code.
        let mut rng = Rng(1_234_567);
        assert_eq!(rng.next(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next(), 3_203_168_211_198_807_973);
        assert_eq!(rng.next(), 9_817_491_932_198_370_423);
    }

    #[test]
    fn parts_in_another_order_return_another_stream() {
        assert_ne!(Rng::of([1, 2]).next(), Rng::of([2, 1]).next());
        assert_ne!(Rng::of([0, 0]).next(), Rng::of([0]).next());
    }

    #[test]
    fn a_uuid_is_formatted_as_version_4() {
        let mut rng = Rng::of([9]);
        for _ in 0..1_000 {
            let uuid = rng.uuid();
            let parts: Vec<&str> = uuid.split('-').collect();
            assert_eq!(
                parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
                [8, 4, 4, 4, 12]
            );
            assert!(parts[2].starts_with('4'), "{uuid}");
            assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
        }
    }

    #[test]
    fn below_returns_numbers_below_the_bound() {
        let mut rng = Rng::of([3]);
        assert!((0..1_000).all(|_| rng.below(7) < 7));
        assert_eq!(rng.below(0), 0);
    }
}
