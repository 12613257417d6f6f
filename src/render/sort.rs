//! `--sort-by`: the entries of a report in the order of a field. Of each entry only that field is kept.

use std::cmp::Ordering;
use std::io;
use std::ops::Range;

use serde_json::Value;

use super::crew::in_order;
use super::jsonpath::{Item, Path};
use crate::report::{Entries, PodReport};

/// What an entry is sorted by. Those without the field come first, as in kubectl.
#[derive(Debug, Clone, PartialEq)]
enum Key {
    Missing,
    Bool(bool),
    Number(f64),
    Text(String),
}

/// The indices of the entries in the order of a field; those alike keep theirs. `None` where no entry has it.
///
/// # Errors
/// What cannot be told or sorted ([`io::ErrorKind::InvalidInput`]), in kubectl's words.
pub fn sorted(pods: &dyn Entries, path: &Path) -> io::Result<Option<Vec<u32>>> {
    let mut keys: Vec<Key> = Vec::with_capacity(pods.len());
    let make = |range: Range<usize>| {
        range
            .map(|index| key(&pods.entry(index), path))
            .collect::<io::Result<Vec<_>>>()
    };
    in_order(pods.len(), make, |piece| {
        keys.extend(piece?);
        Ok(())
    })?;
    if keys.iter().all(|key| *key == Key::Missing) {
        return Ok(None);
    }
    let mut order: Vec<u32> = (0..).take(keys.len()).collect();
    order.sort_by(|left, right| compare(&keys[*left as usize], &keys[*right as usize]));
    Ok(Some(order))
}

fn key(pod: &PodReport, path: &Path) -> io::Result<Key> {
    let unsortable = |words: String| io::Error::new(io::ErrorKind::InvalidInput, words);
    let entry = serde_json::to_value(pod)?;
    let found = path.follow(&entry).map_err(unsortable)?;
    Ok(match found.into_iter().next().map(Item::value) {
        None => Key::Missing,
        Some(value) => match value.into_owned() {
            Value::Null => Key::Missing,
            Value::Bool(bool) => Key::Bool(bool),
            Value::Number(number) => Key::Number(number.as_f64().unwrap_or_default()),
            Value::String(text) => Key::Text(text),
            Value::Array(_) | Value::Object(_) => {
                return Err(unsortable(format!(
                    "field {} holds a list or an object, which has no order",
                    path.text
                )));
            }
        },
    })
}

fn compare(left: &Key, right: &Key) -> Ordering {
    match (left, right) {
        (Key::Bool(left), Key::Bool(right)) => left.cmp(right),
        (Key::Number(left), Key::Number(right)) => left.total_cmp(right),
        (Key::Text(left), Key::Text(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(key: &Key) -> u8 {
    match key {
        Key::Missing => 0,
        Key::Bool(_) => 1,
        Key::Number(_) => 2,
        Key::Text(_) => 3,
    }
}
