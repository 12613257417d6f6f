//! A table of answers that were found once, bounded in size: what pods have in common is looked at once for all of them.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Answers by what they depend on. Several threads may ask at once; two that ask the same at the same moment may both find the
/// answer, which is the same.
pub struct Memo<K, V> {
    table: Mutex<Table<K, V>>,
    most: usize,
}

struct Table<K, V> {
    answers: HashMap<K, V>,
    weight: usize,
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// A table that begins anew once its answers would weigh more than `most`. Pods come sorted by namespace and name, so those
    /// that have something in common come one after the other, and what was forgotten is hardly asked for again.
    pub fn of_at_most(most: usize) -> Self {
        Self {
            table: Mutex::new(Table {
                answers: HashMap::new(),
                weight: 0,
            }),
            most,
        }
    }

    /// The answer for a key; `find` finds it where it is not known, and tells its weight.
    pub fn get<Q>(&self, key: &Q, find: impl FnOnce() -> (V, usize)) -> V
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(known) = self.lock().answers.get(key) {
            return known.clone();
        }
        // Others need not wait meanwhile.
        let (answer, weight) = find();
        let mut table = self.lock();
        if table.weight.saturating_add(weight) > self.most {
            table.answers.clear();
            table.weight = 0;
        }
        table.weight = table.weight.saturating_add(weight);
        table.answers.insert(key.to_owned(), answer.clone());
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Table<K, V>> {
        // A panic elsewhere leaves a table as good as it was: each answer is put in whole.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_once() {
        let memo: Memo<String, usize> = Memo::of_at_most(10);
        for _ in 0..3 {
            assert_eq!(memo.get("a", || (1, 1)), 1);
        }
        assert_eq!(memo.get("a", || unreachable!("it is known")), 1);
    }

    #[test]
    fn it_never_holds_more_than_it_may() {
        let memo: Memo<u32, u32> = Memo::of_at_most(10);
        for key in 0..100 {
            assert_eq!(memo.get(&key, || (key * 2, 3)), key * 2);
            let table = memo.lock();
            assert!(table.answers.len() <= 3 && table.weight <= 10);
        }
        assert_eq!(memo.get(&99, || unreachable!("the last one is known")), 198);
        assert_eq!(memo.get(&0, || (7, 3)), 7, "the first was forgotten");
    }
}
