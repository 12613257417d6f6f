//! Many entries, looked at one by one and counted into rows. What is kept grows with the rows, and for a row it is little: where
//! every pod has a row of its own, that is still a hundredth of its entry.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

use jiff::Timestamp;

use super::crew::in_order;
use super::digest::{Digest, Reasons, Remark, Standing};
use super::name_sets::{NameSet, NameSets, Names};
use super::words::{Tally, is_known_workload};
use crate::decision::finding::{Certainty, Severity};
use crate::decision::reason::Reason;
use crate::report::{Entries, PodReport};

/// How many different remarks of a kind about profiles are told under a table.
const MOST_REMARKS: usize = 3;

/// What a table says of its entries beside its rows.
pub(super) struct Overview<'e> {
    pods: &'e dyn Entries,
    taken_at: Timestamp,
    seen: u32,
    /// Where the pods are.
    pub(super) tally: Tally,
    /// Whether it is said of any entry that there are no profiles.
    pub(super) has_no_profiles: bool,
    /// Whether of no entry anything else is to be said.
    pub(super) is_only_without_profiles: bool,
    lists: BTreeSet<String>,
    fields: BTreeSet<String>,
    oddities: BTreeSet<String>,
    kinds: Names,
    groups: BTreeMap<Key<'e>, Group>,
    providers: NameSets,
    profiles: NameSets,
}

/// In what the pods of a row are alike.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'e> {
    namespace: &'e str,
    /// The owner's name; that of a pod without one.
    name: Cow<'e, str>,
    /// The number of the owner's kind.
    kind: u32,
    standing: Standing,
}

/// What is told in one row.
struct Group {
    /// The pod that stands for all of them, by its index: the first of the worst.
    example: u32,
    pods: u32,
    severity: Severity,
    certainty: Certainty,
    providers: NameSet,
    profiles: NameSet,
    oldest_seconds: Option<i64>,
    notes: Reasons,
}

impl<'e> Overview<'e> {
    /// Of no entry yet.
    pub(super) fn new(pods: &'e dyn Entries, taken_at: Timestamp) -> Self {
        Self {
            pods,
            taken_at,
            seen: 0,
            tally: Tally::default(),
            has_no_profiles: false,
            is_only_without_profiles: true,
            lists: BTreeSet::new(),
            fields: BTreeSet::new(),
            oddities: BTreeSet::new(),
            kinds: Names::default(),
            groups: BTreeMap::new(),
            providers: NameSets::default(),
            profiles: NameSets::default(),
        }
    }

    /// Of all entries.
    pub(super) fn of(pods: &'e dyn Entries, taken_at: Timestamp) -> io::Result<Self> {
        let mut overview = Self::new(pods, taken_at);
        let make = |range: Range<usize>| -> Vec<Digest> {
            range.map(|index| Digest::of(&pods.entry(index))).collect()
        };
        in_order(pods.len(), make, |digests| {
            digests.into_iter().for_each(|digest| overview.add(digest));
            Ok(())
        })?;
        Ok(overview)
    }

    /// Adds the next entry.
    pub(super) fn add(&mut self, digest: Digest) {
        let index = self.seen;
        self.seen += 1;
        let is_without = digest.decisive == Reason::NoProfiles;
        self.has_no_profiles |= is_without;
        self.is_only_without_profiles &= is_without && digest.severity == Severity::Info;
        self.tally.count(
            digest.standing.place,
            digest.standing.is_finished,
            digest.provider.as_deref(),
        );
        for remark in digest.remarks {
            let (remarks, text) = match remark {
                Remark::List(text) => (&mut self.lists, text),
                Remark::Field(text) => (&mut self.fields, text),
                Remark::Oddity(text) => (&mut self.oddities, text),
            };
            remarks.insert(text);
            if remarks.len() > MOST_REMARKS {
                remarks.pop_last();
            }
        }
        let age = digest
            .created_at
            .map(|created| self.taken_at.as_second() - created.as_second())
            // A pod younger than the moment that is judged from has no age then.
            .filter(|age| *age >= 0);
        let title = self.pods.title(index as usize);
        let pods = u32::from(!title.template);
        let key = Key {
            namespace: title.namespace,
            kind: match &digest.owner {
                Some(owner) => self.kinds.number(&owner.kind),
                None => self.kinds.number(""),
            },
            name: match digest.owner {
                Some(owner) => Cow::Owned(owner.name),
                None => Cow::Borrowed(title.name),
            },
            standing: digest.standing,
        };
        let group = self.groups.entry(key).or_insert_with(|| Group {
            example: index,
            pods: 0,
            severity: digest.severity,
            certainty: digest.certainty,
            providers: NameSet::default(),
            profiles: NameSet::default(),
            oldest_seconds: None,
            notes: Reasons::default(),
        });
        if digest.severity < group.severity {
            (group.severity, group.example) = (digest.severity, index);
        }
        group.certainty = group.certainty.max(digest.certainty);
        group.pods += pods;
        if let Some(provider) = &digest.provider {
            group.providers = self.providers.with(group.providers, provider);
        }
        if let Some(profile) = &digest.profile {
            group.profiles = self.profiles.with(group.profiles, profile);
        }
        group.oldest_seconds = group.oldest_seconds.max(age);
        group.notes.extend(digest.notes);
    }

    /// The rows: worst first, then by namespace, workload and what else parts them.
    pub(super) fn rows(&self) -> Vec<OverviewRow<'_>> {
        let mut rows: Vec<OverviewRow<'_>> = self
            .groups
            .iter()
            .map(|(key, group)| OverviewRow { key, group })
            .collect();
        rows.sort_by(|a, b| self.place(a).cmp(&self.place(b)));
        rows
    }

    fn place<'r>(&'r self, row: &OverviewRow<'r>) -> impl Ord + use<'r> {
        let key = row.key;
        let kind = self.kinds.name(key.kind);
        let workload = (key.namespace, kind, key.name.as_ref());
        (row.group.severity, workload, key.standing)
    }

    /// The kind of a row's workload, empty for pods without one.
    pub(super) fn kind(&self, row: &OverviewRow<'_>) -> &str {
        self.kinds.name(row.key.kind)
    }

    /// Who provides the nodes of a row's pods, sorted.
    pub(super) fn providers(&self, row: &OverviewRow<'_>) -> Vec<&str> {
        self.providers.names(row.group.providers)
    }

    /// The profiles that claimed a row's pods, sorted.
    pub(super) fn profiles(&self, row: &OverviewRow<'_>) -> Vec<&str> {
        self.profiles.names(row.group.profiles)
    }

    /// The entry that stands for a row.
    pub(super) fn example(&self, row: &OverviewRow<'_>) -> Cow<'e, PodReport> {
        self.pods.entry(row.group.example as usize)
    }

    /// Kind and name of a row's workload where its kind may be asked about; else those of the pod that stands for the row.
    pub(super) fn askable<'r>(&'r self, row: &OverviewRow<'r>) -> (&'r str, &'r str) {
        match self.kinds.name(row.key.kind) {
            kind if is_known_workload(kind) => (kind, &row.key.name),
            _ => {
                let example = self.pods.title(row.group.example as usize);
                ("Pod", example.name)
            }
        }
    }

    /// How many workloads have a row of this severity.
    pub(super) fn workloads(&self, rows: &[OverviewRow<'_>], wanted: Severity) -> usize {
        let of_severity = rows.iter().filter(|row| row.severity() == wanted);
        let mut workloads: Vec<&OverviewRow<'_>> = of_severity.collect();
        let compare = |a: &&OverviewRow<'_>, b: &&OverviewRow<'_>| {
            let by_namespace = a.namespace().cmp(b.namespace());
            by_namespace.then_with(|| self.askable(a).cmp(&self.askable(b)))
        };
        workloads.sort_unstable_by(compare);
        workloads.dedup_by(|a, b| compare(a, b).is_eq());
        workloads.len()
    }

    /// What is to be told once about profiles: how to have their list read, how to have fields of them told, what is odd about how
    /// they were given. The first few of each.
    pub(super) fn remarks(&self) -> [&BTreeSet<String>; 3] {
        [&self.lists, &self.fields, &self.oddities]
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct OverviewRow<'o> {
    key: &'o Key<'o>,
    group: &'o Group,
}

impl<'o> OverviewRow<'o> {
    /// The namespace of its pods.
    pub(super) fn namespace(&self) -> &'o str {
        self.key.namespace
    }

    /// The name of its workload; that of a pod without one.
    pub(super) fn name(&self) -> &'o str {
        &self.key.name
    }

    /// Where its pods are, and why.
    pub(super) fn standing(&self) -> Standing {
        self.key.standing
    }

    /// How many pods it is about; none where it is about a template.
    pub(super) fn pods(&self) -> u32 {
        self.group.pods
    }

    /// The worst of any of its pods.
    pub(super) fn severity(&self) -> Severity {
        self.group.severity
    }

    /// The least of any of its pods.
    pub(super) fn certainty(&self) -> Certainty {
        self.group.certainty
    }

    /// The age of its oldest pod, where any is known.
    pub(super) fn oldest_seconds(&self) -> Option<i64> {
        self.group.oldest_seconds
    }

    /// How much else is worth knowing about its pods.
    pub(super) fn notes(&self) -> usize {
        self.group.notes.len()
    }
}
