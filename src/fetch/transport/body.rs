//! Bodies, and the buffers they are read into, which are used again.

use std::fmt;
use std::mem;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// Most bytes of buffers kept while they aren't in use.
const MAX_IDLE: usize = 4 * 1024 * 1024;

/// Most buffers kept: small ones may be many.
const MAX_BUFFERS: usize = 64;

/// Buffers that aren't in use. A page of 200 events takes half a megabyte, and a new buffer of that size
/// costs more time than checking its UTF-8.
#[derive(Clone, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// Returns an empty body whose buffer goes back here when the body is dropped.
    pub(super) fn body(&self) -> Body {
        let buffer = self.with_idle(Vec::pop);
        Body {
            bytes: buffer.unwrap_or_default(),
            buffers: Some(self.clone()),
        }
    }

    fn take_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.with_idle(|idle| {
            let kept: usize = idle.iter().map(Vec::capacity).sum();
            let has_room = idle.len() < MAX_BUFFERS && kept + buffer.capacity() <= MAX_IDLE;
            if buffer.capacity() > 0 && has_room {
                idle.push(buffer);
            }
        });
    }

    fn with_idle<T>(&self, change: impl FnOnce(&mut Vec<Vec<u8>>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A body, read to its end.
#[derive(Default)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    /// `None` if the buffer isn't used again, such as one that held a token.
    buffers: Option<Buffers>,
}

impl Body {
    /// Makes room for a body of this size in all.
    pub(super) fn reserve(&mut self, size: usize) {
        if size > self.bytes.capacity() && self.bytes.is_empty() {
            // A larger one, without copying what an earlier body left.
            self.bytes = Vec::with_capacity(size);
        } else if size > self.bytes.capacity() {
            self.bytes.reserve_exact(size - self.bytes.len());
        }
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            buffers: None,
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(buffers) = &self.buffers {
            buffers.take_back(mem::take(&mut self.bytes));
        }
    }
}

impl fmt::Debug for Body {
    /// Leaves out the bytes, which are a customer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(buffers: &Buffers) -> Vec<usize> {
        buffers.with_idle(|idle| idle.iter().map(Vec::capacity).collect())
    }

    fn body_of(buffers: &Buffers, size: usize) -> Body {
        let mut body = buffers.body();
        body.reserve(size);
        body.extend(b"x");
        body
    }

    #[test]
    fn a_buffer_is_used_again_without_what_was_in_it() {
        let buffers = Buffers::default();
        drop(body_of(&buffers, 1000));
        assert_eq!(idle(&buffers), [1000]);
        let again = buffers.body();
        assert_eq!((again.len(), again.capacity()), (0, 1000));
        assert_eq!(idle(&buffers), [0; 0]);
    }

    #[test]
    fn no_more_than_the_cap_is_kept() {
        let buffers = Buffers::default();
        let large = [MAX_IDLE / 2, MAX_IDLE / 2, MAX_IDLE / 2, MAX_IDLE + 1];
        let bodies = large.map(|size| body_of(&buffers, size));
        drop(bodies);
        assert_eq!(idle(&buffers), [MAX_IDLE / 2; 2]);
    }

    #[test]
    fn a_body_of_its_own_keeps_its_buffer() {
        let buffers = Buffers::default();
        drop(buffers.body());
        drop(Body::from(vec![1, 2, 3]));
        assert_eq!(idle(&buffers), [0; 0]);
    }
}
