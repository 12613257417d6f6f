//! Names and sets of names as numbers. Many rows have the same few of them, and a number is all that each row then holds.

use std::collections::HashMap;
use std::sync::Arc;

/// Names, each kept once.
#[derive(Default)]
pub(super) struct Names {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Names {
    /// The number of a name, from now on.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = next_number(&self.names);
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }

    /// The name of a number that was given out here; else nothing.
    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }
}

/// A set of names, by its number among the [`NameSets`] that it is from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct NameSet(u32);

/// Sets of names, each kept once.
pub(super) struct NameSets {
    names: Names,
    /// The numbers of the names in each set; the first is the empty set.
    sets: Vec<Box<[u32]>>,
    /// What a set becomes with one more name.
    with: HashMap<(NameSet, u32), NameSet>,
    numbers: HashMap<Box<[u32]>, NameSet>,
}

impl Default for NameSets {
    fn default() -> Self {
        Self {
            names: Names::default(),
            sets: vec![Box::default()],
            with: HashMap::new(),
            numbers: HashMap::new(),
        }
    }
}

impl NameSets {
    /// The set with one more name in it.
    pub(super) fn with(&mut self, set: NameSet, name: &str) -> NameSet {
        let name = self.names.number(name);
        if let Some(known) = self.with.get(&(set, name)) {
            return *known;
        }
        let mut members = self.members(set).to_vec();
        let grown = match members.binary_search(&name) {
            Ok(_) => set,
            Err(place) => {
                members.insert(place, name);
                let members = members.into_boxed_slice();
                let sets = &mut self.sets;
                *self.numbers.entry(members).or_insert_with_key(|members| {
                    let number = next_number(sets);
                    sets.push(members.clone());
                    NameSet(number)
                })
            }
        };
        self.with.insert((set, name), grown);
        grown
    }

    /// The names of a set, sorted.
    pub(super) fn names(&self, set: NameSet) -> Vec<&str> {
        let members = self.members(set).iter();
        let mut names: Vec<&str> = members.map(|name| self.names.name(*name)).collect();
        names.sort_unstable();
        names
    }

    fn members(&self, set: NameSet) -> &[u32] {
        self.sets.get(set.0 as usize).map_or(&[], |members| members)
    }
}

fn next_number<T>(given: &[T]) -> u32 {
    u32::try_from(given.len()).expect("memory ends before the numbers do")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_the_same_names_are_one() {
        let mut sets = NameSets::default();
        let none = NameSet::default();
        let of = |sets: &mut NameSets, names: &[&str]| {
            names.iter().fold(none, |set, name| sets.with(set, name))
        };
        let one = of(&mut sets, &["ng-2", "karpenter", "ng-1", "ng-1"]);
        let other = of(&mut sets, &["karpenter", "ng-1", "ng-2", "karpenter"]);
        assert_eq!(one, other);
        assert_eq!(sets.names(one), ["karpenter", "ng-1", "ng-2"]);
        assert_eq!(sets.names(none), [""; 0]);
        assert_ne!(of(&mut sets, &["ng-1"]), one);
    }
}
