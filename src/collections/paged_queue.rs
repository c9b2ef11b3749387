//! A queue in pages, which takes little more than what it holds.
//!
//! A ring that has doubled is filled again from end to end as it turns, and so takes up to twice what it holds. Here a page
//! that has been emptied is freed, and all but the first and the last are full. A queue of one page is a ring as any.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

/// Members of a page.
const PAGE: usize = 128;

/// Members in their order, found by place.
#[derive(Clone, Debug)]
pub struct PagedQueue<T> {
    /// Empty only if all is.
    first: VecDeque<T>,
    /// Full pages, and a last one that is not empty.
    rest: VecDeque<VecDeque<T>>,
    len: usize,
}

impl<T> Default for PagedQueue<T> {
    fn default() -> Self {
        Self { first: VecDeque::new(), rest: VecDeque::new(), len: 0 }
    }
}

/// However they are cut into pages.
impl<T: PartialEq> PartialEq for PagedQueue<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for PagedQueue<T> {}

impl<T: Hash> Hash for PagedQueue<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len);
        self.iter().for_each(|member| member.hash(state));
    }
}

impl<T> PagedQueue<T> {
    /// Members held.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Is there none?
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first member.
    #[inline]
    pub fn front(&self) -> Option<&T> {
        self.first.front()
    }

    /// The last member.
    #[inline]
    pub fn back(&self) -> Option<&T> {
        self.rest.back().unwrap_or(&self.first).back()
    }

    /// The member at this place.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        match index.checked_sub(self.first.len()) {
            None => self.first.get(index),
            Some(index) => self.rest.get(index / PAGE)?.get(index % PAGE),
        }
    }

    /// The member at this place, to be changed.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        match index.checked_sub(self.first.len()) {
            None => self.first.get_mut(index),
            Some(index) => self.rest.get_mut(index / PAGE)?.get_mut(index % PAGE),
        }
    }

    /// Adds a member behind all others.
    #[inline]
    pub fn push_back(&mut self, member: T) {
        let last = self.rest.back_mut().unwrap_or(&mut self.first);
        if last.len() < PAGE {
            last.push_back(member);
        } else {
            self.push_page(member);
        }
        self.len += 1;
    }

    /// Adds a member before all others.
    pub fn push_front(&mut self, member: T) {
        if self.first.len() == PAGE {
            self.rest.push_front(std::mem::take(&mut self.first));
        }
        self.first.push_front(member);
        self.len += 1;
    }

    /// Takes the first member.
    #[inline]
    pub fn pop_front(&mut self) -> Option<T> {
        let member = self.first.pop_front()?;
        self.len -= 1;
        if self.first.is_empty() && self.len > 0 {
            self.next_page();
        }
        Some(member)
    }

    /// Keeps the members that are to be kept.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        if self.rest.is_empty() {
            self.first.retain(keep);
            self.len = self.first.len();
            return;
        }
        let Self { first, rest, .. } = std::mem::take(self);
        self.first.reserve(PAGE);
        for member in std::iter::once(first).chain(rest).flatten() {
            if keep(&member) {
                self.push_back(member);
            }
        }
    }

    /// Every member, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(self.rest.iter().flatten())
    }

    /// The first page is empty, and there are others.
    #[cold]
    fn next_page(&mut self) {
        self.first = self.rest.pop_front().unwrap_or_default();
    }

    /// The last page is full: the member begins another.
    #[cold]
    fn push_page(&mut self, member: T) {
        let mut page = VecDeque::with_capacity(PAGE);
        page.push_back(member);
        self.rest.push_back(page);
    }
}

impl<T: Ord> PagedQueue<T> {
    /// Puts a member where it belongs among members in order, if that is on the last page or the one before.
    ///
    /// # Errors
    /// Returns a member that belongs before these.
    pub fn insert_near_end(&mut self, member: T) -> Result<(), T> {
        let pages = self.rest.len();
        for page in (pages.saturating_sub(1)..=pages).rev() {
            let held = self.page(page);
            if page == 0 || held.front().is_some_and(|first| *first <= member) {
                let place = held.partition_point(|other| *other <= member);
                self.insert(page, place, member);
                return Ok(());
            }
        }
        Err(member)
    }

    /// The first page is 0.
    fn page(&mut self, page: usize) -> &mut VecDeque<T> {
        match page {
            0 => &mut self.first,
            _ => &mut self.rest[page - 1],
        }
    }

    /// Puts a member at this place of a page; the last of a full page becomes the first of the next.
    fn insert(&mut self, page: usize, place: usize, member: T) {
        let (mut moved, mut place) = (member, place);
        self.len += 1;
        for page in page..=self.rest.len() {
            let held = self.page(page);
            if held.len() < PAGE {
                return held.insert(place, moved);
            }
            if place < PAGE
                && let Some(last) = held.pop_back()
            {
                held.insert(place, std::mem::replace(&mut moved, last));
            }
            place = 0;
        }
        self.push_page(moved);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All but the first and the last page are full, and none has room for more than a page.
    fn is_in_pages<T>(queue: &PagedQueue<T>) -> bool {
        let full = queue.rest.len().saturating_sub(1);
        queue.rest.iter().take(full).all(|page| page.len() == PAGE)
            && queue.rest.iter().chain([&queue.first]).all(|page| page.capacity() <= PAGE)
            && queue.rest.iter().all(|page| !page.is_empty())
    }

    proptest! {
        /// As a plain ring, over many pages.
        #[test]
        fn is_a_ring(script in prop::collection::vec((0_u8..8, 0_usize..1_000, 0_usize..300), 1..60)) {
            let (mut queue, mut ring) = (PagedQueue::default(), VecDeque::new());
            for (turn, (what, place, times)) in script.into_iter().enumerate() {
                for time in 0..times {
                    let member = 1_000 * turn + time;
                    match what {
                        0..3 => {
                            queue.push_back(member);
                            ring.push_back(member);
                        }
                        3 => {
                            queue.push_front(member);
                            ring.push_front(member);
                        }
                        4..7 => prop_assert_eq!(queue.pop_front(), ring.pop_front()),
                        _ if time == 0 => {
                            queue.retain(|member| member % 5 != place % 5);
                            ring.retain(|member| member % 5 != place % 5);
                        }
                        _ => {}
                    }
                }
                prop_assert!(queue.iter().eq(ring.iter()));
                prop_assert_eq!((queue.len(), queue.is_empty()), (ring.len(), ring.is_empty()));
                prop_assert_eq!((queue.front(), queue.back()), (ring.front(), ring.back()));
                for place in [place, place / 7, ring.len().saturating_sub(1), ring.len()] {
                    prop_assert_eq!(queue.get(place), ring.get(place));
                    prop_assert_eq!(queue.get_mut(place), ring.get_mut(place));
                }
                prop_assert!(is_in_pages(&queue));
            }
        }

        /// As a sorted list; a member that is refused would stand a page or more before the end.
        #[test]
        fn members_near_the_end_come_where_they_belong(
            script in prop::collection::vec((0_u8..4, 0_u32..600), 1..1_500),
        ) {
            let (mut queue, mut sorted) = (PagedQueue::default(), VecDeque::new());
            for (time, (what, late)) in (1_000_u32..).zip(script) {
                if what == 0 {
                    prop_assert_eq!(queue.pop_front(), sorted.pop_front());
                    continue;
                }
                let member = time - if what == 1 { late } else { late / 40 };
                let place = sorted.partition_point(|other| *other <= member);
                match queue.insert_near_end(member) {
                    Ok(()) => sorted.insert(place, member),
                    Err(refused) => {
                        prop_assert_eq!(refused, member);
                        prop_assert!(place + PAGE < sorted.len());
                    }
                }
                prop_assert_eq!(queue.len(), sorted.len());
            }
            prop_assert!(queue.iter().eq(sorted.iter()));
            prop_assert!(is_in_pages(&queue));
        }
    }

    /// However they are cut into pages, queues that hold the same are equal, and have one hash; others are not.
    #[test]
    fn queues_that_hold_the_same_are_equal() {
        let hash = |queue: &PagedQueue<usize>| {
            let mut hasher = std::hash::DefaultHasher::new();
            queue.hash(&mut hasher);
            hasher.finish()
        };
        let of = |members: std::ops::Range<usize>| {
            let mut queue = PagedQueue::default();
            members.for_each(|member| queue.push_back(member));
            queue
        };
        let (mut cut, whole) = (of(0..300), of(100..300));
        assert!((0..100).all(|member| cut.pop_front() == Some(member)));
        assert_ne!(cut.first.len(), whole.first.len());
        assert_eq!((&cut, hash(&cut)), (&whole, hash(&whole)));
        for other in [of(100..299), of(100..301), of(101..301), of(0..0)] {
            assert_ne!(other, whole);
            assert_ne!(hash(&other), hash(&whole));
        }
    }
}
