//! Answers kept while the data stands still.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::answer::Body;

/// Bytes of all kept answers at most.
const MAX_BYTES: usize = 32 << 20;

/// Bounded map from a path with its query to the answer, for one state of the data.
///
/// An answer is found again only under the tag it was stored with; the first answer with a new tag
/// finds nothing old. When full, the answer kept longest goes first.
#[derive(Debug)]
pub(crate) struct Cache {
    ttl: Duration,
    max_entries: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<Arc<str>, Entry>,
    oldest_first: VecDeque<Arc<str>>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    tag: String,
    kept_since: Instant,
    body: Body,
}

impl Cache {
    /// An empty cache of `max_entries` answers, each kept for `ttl` at most.
    pub(crate) fn new(ttl: Duration, max_entries: usize) -> Self {
        Self {
            ttl,
            max_entries,
            inner: Mutex::new(Inner::default()),
        }
    }

    /// The answer to `key`, if it was made under `tag`.
    pub(crate) fn get(&self, key: &str, tag: &str) -> Option<Body> {
        let inner = self.lock();
        let entry = inner.entries.get(key)?;
        (entry.tag == tag && entry.kept_since.elapsed() < self.ttl).then(|| entry.body.clone())
    }

    /// Keeps an answer, and lets go of older ones as needed.
    pub(crate) fn put(&self, key: &str, tag: &str, body: &Body) {
        let size = key.len() + body.size();
        if self.max_entries == 0 || size > MAX_BYTES / 8 {
            return;
        }
        let mut inner = self.lock();
        inner.remove(key);
        while inner.entries.len() >= self.max_entries || inner.bytes + size > MAX_BYTES {
            let Some(oldest) = inner.oldest_first.front().cloned() else {
                break;
            };
            inner.remove(&oldest);
        }
        let key: Arc<str> = key.into();
        let entry = Entry {
            tag: tag.to_owned(),
            kept_since: Instant::now(),
            body: body.clone(),
        };
        inner.entries.insert(Arc::clone(&key), entry);
        inner.oldest_first.push_back(key);
        inner.bytes += size;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= key.len() + entry.body.size();
            // The entry to remove is nearly always the first.
            if let Some(place) = self.oldest_first.iter().position(|known| &**known == key) {
                self.oldest_first.remove(place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::json(&text).unwrap()
    }

    #[test]
    fn an_answer_is_found_under_its_tag_only() {
        let cache = Cache::new(Duration::from_secs(60), 10);
        cache.put("/a", "1", &body("x"));
        assert!(cache.get("/a", "1").is_some());
        assert!(cache.get("/a", "2").is_none());
        assert!(cache.get("/b", "1").is_none());
    }

    #[test]
    fn an_answer_gets_old() {
        let cache = Cache::new(Duration::ZERO, 10);
        cache.put("/a", "1", &body("x"));
        assert!(cache.get("/a", "1").is_none());
    }

    #[test]
    fn the_oldest_goes_first_and_nothing_is_counted_twice() {
        let cache = Cache::new(Duration::from_secs(60), 2);
        cache.put("/a", "1", &body("x"));
        cache.put("/b", "1", &body("x"));
        cache.put("/a", "2", &body("y"));
        cache.put("/c", "2", &body("z"));
        assert!(cache.get("/b", "1").is_none());
        assert!(cache.get("/a", "2").is_some() && cache.get("/c", "2").is_some());
        let inner = cache.lock();
        assert_eq!((inner.entries.len(), inner.oldest_first.len()), (2, 2));
        assert_eq!(inner.bytes, 2 * ("/a".len() + body("x").size()));
    }

    #[test]
    fn bytes_are_bounded() {
        let cache = Cache::new(Duration::from_secs(60), 1000);
        let large = body(&"x".repeat(MAX_BYTES / 16));
        for key in 0..40 {
            cache.put(&format!("/{key}"), "1", &large);
        }
        assert!(cache.lock().bytes <= MAX_BYTES);
        cache.put("/huge", "1", &body(&"x".repeat(MAX_BYTES)));
        assert!(cache.get("/huge", "1").is_none());
    }
}
