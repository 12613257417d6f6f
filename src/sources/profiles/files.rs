//! `--profiles`: files of any known form, and folders of them.

mod conclude;

use std::convert::Infallible;
use std::io::{self, BufRead as _, BufReader, Read};

use super::bounds::{LONGEST_PROBLEM, LONGEST_TEXT, MOST, beyond_limits, shortened};
use super::choose::{Choice, contradicts};
use super::removals::Placed;
use super::{Called, Candidate, KnownCluster, ProfilesRead, Source, Sourced, recognise};
use super::{duplicates, placeholders};
use crate::decision::facts::{FargateProfile, ProfileOrigin, SourceNote, SourceStatus};
use crate::error::Result;
use crate::sources::Input;
use crate::sources::input::{self, SourceFile, files_of};
use crate::sources::offline::documents::{Document, Item, Shape, Sink};
use crate::sources::offline::packed::Unpacked;
use crate::sources::offline::reader::read_documents;

/// What to do about a file that breaks off or is wrong in a place, whatever made it.
const HOW_TO_MEND: &str = "mend it there, or make it anew with the command that it came from";
/// What to do about a file that is none of the forms.
const HOW_TO_MAKE: &str = "make it anew, for example with `aws eks describe-fargate-profile --cluster-name CLUSTER \
     --fargate-profile-name NAME > profile.json`";

/// More malformed profiles of one file than these are only counted.
const MOST_NOTES_OF_A_FILE: usize = 20;
/// How far into a file that could not be read a word is looked for, in bytes.
const MOST_TO_SEARCH: u64 = 64 << 20;

/// Reads the profiles of these files and folders, those of the cluster in question if several clusters are among them.
///
/// Errors: a file named here that gave nothing because it is missing or broken; standard input given twice.
pub fn read_files(inputs: &[Input], cluster: impl Into<KnownCluster>) -> Result<ProfilesRead> {
    let (files, mut unreadable) = files_of(inputs, |_| true)?;
    let mut collector = ProfileCollector::new(true);
    let mut broken = Vec::new();
    let mut next = None;
    for file in &files {
        let label = file.label();
        let went = collector.read(&label, file.open());
        match went.problems.first() {
            None if went.gave_nothing => collector.without.push(label),
            None => {}
            Some(problem) if file.is_named && went.gave_nothing => {
                next = next.or(next_step(problem, went.is_of_eks));
                broken.push((label, in_short(&went.problems)));
            }
            Some(_) if !file.is_named && is_terraform_source(file) => {
                collector.unread_sources.push(label);
            }
            Some(_) if file.is_named || may_hold_profiles(file) => {
                for problem in &went.problems {
                    collector.broken(&label, problem);
                }
            }
            Some(_) => collector.without.push(label),
        }
    }
    for (label, problem) in unreadable.drain(..) {
        collector.broken(&label, &problem);
    }
    if let Some(error) = input::unreadable_error(&broken, next) {
        return Err(error);
    }
    Ok(collector.finish(&cluster.into()))
}

/// Reads a text as if it stood in a file of this name that is named on the command line.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_text(
    label: &str,
    text: &[u8],
    cluster: impl Into<KnownCluster>,
) -> Result<ProfilesRead> {
    let mut collector = ProfileCollector::new(true);
    let went = collector.read(label, Ok(text));
    for problem in &went.problems {
        collector.broken(label, problem);
    }
    match went.problems.first() {
        None if went.gave_nothing => collector.without.push(label.to_owned()),
        Some(problem) if went.gave_nothing => {
            let next = next_step(problem, went.is_of_eks);
            let broken = [(label.to_owned(), in_short(&went.problems))];
            return Err(input::unreadable_error(&broken, next).expect("one is broken"));
        }
        _ => {}
    }
    Ok(collector.finish(&cluster.into()))
}

/// What to do about a file that gave nothing; `None` where what is wrong with it says so itself.
fn next_step(problem: &str, is_of_eks: bool) -> Option<&'static str> {
    const SAYS_IT: [&str; 5] = ["give ", "make it ", "save it ", "unpack it ", "get it anew"];
    if SAYS_IT.iter().any(|words| problem.contains(words)) {
        return None;
    }
    // `it is empty`, `it holds plain text`: no form at all.
    if is_of_eks || problem.starts_with("it ") {
        return Some(HOW_TO_MAKE);
    }
    Some(HOW_TO_MEND)
}

/// The first problems of a file in one sentence.
fn in_short(problems: &[String]) -> String {
    const MOST_NAMED: usize = 3;
    let (named, more) = problems.split_at(problems.len().min(MOST_NAMED));
    let mut words = named.join("; ");
    if !more.is_empty() {
        words.push_str(&format!("; and {} more", more.len()));
    }
    words
}

/// Whether a file is written in the language of Terraform or OpenTofu and makes Fargate profiles.
fn is_terraform_source(file: &SourceFile) -> bool {
    matches!(file.extension().as_str(), "tf" | "tofu")
        && file
            .open()
            .and_then(Unpacked::new)
            .is_ok_and(says_fargate_profile)
}

/// Whether a file of a folder that could not be read says anything of Fargate profiles, so that the answer must mention it.
/// Templates of other tools stand in such folders too, and prose.
fn may_hold_profiles(file: &SourceFile) -> bool {
    let is_data = matches!(
        file.extension().as_str(),
        "" | "json" | "yaml" | "yml" | "template" | "tfstate"
    );
    is_data
        && file
            .open()
            .and_then(Unpacked::new)
            .map_or(true, says_fargate_profile)
}

/// Whether a text says the word, as far as it can be read.
fn says_fargate_profile(text: impl Read) -> bool {
    const WORDS: [&[u8]; 2] = [b"fargateprofile", b"fargate_profile"];
    const LONGEST: usize = 15;
    let mut text = BufReader::with_capacity(1 << 16, text.take(MOST_TO_SEARCH));
    // The end of what came before, where a word may begin.
    let mut window: Vec<u8> = Vec::new();
    loop {
        let part = match text.fill_buf() {
            Ok(part) if !part.is_empty() => part,
            _ => return false,
        };
        let count = part.len();
        window.extend(part.iter().map(u8::to_ascii_lowercase));
        text.consume(count);
        let is_said = window.iter().enumerate().any(|(index, byte)| {
            *byte == b'f' && WORDS.iter().any(|word| window[index..].starts_with(word))
        });
        if is_said {
            return true;
        }
        window.drain(..window.len().saturating_sub(LONGEST));
    }
}

/// Collects the profiles of one file after another.
#[derive(Debug, Default)]
pub(in crate::sources) struct ProfileCollector {
    /// Whether an empty array says that there are no profiles.
    is_array_of_profiles: bool,
    found: Vec<Sourced>,
    /// What clusters are called that profiles only refer to.
    called: Vec<Called>,
    /// The clusters of files that describe one, with or without profiles.
    homes: Vec<KnownCluster>,
    /// Names of profiles that were only listed, with where, and the cluster that the list is of.
    names: Vec<(String, String, KnownCluster)>,
    /// What plans take away.
    removals: Vec<Placed>,
    says_none: bool,
    goes_on: bool,
    /// Files that are fine and hold no profile.
    without: Vec<String>,
    /// Files of Terraform's language that make profiles, which it does not tell.
    unread_sources: Vec<String>,
    /// What is worth saying of what was read.
    remarks: Vec<String>,
    notes: Vec<SourceNote>,
    is_incomplete: bool,
    /// How many profiles came after the most that are kept.
    left_over: usize,
    file: String,
    seen: SeenInFile,
}

/// What was seen in the present file.
#[derive(Debug, Default)]
struct SeenInFile {
    objects: usize,
    profiles: usize,
    /// The first that are wrong, and how many are.
    malformed: Vec<String>,
    count_of_malformed: usize,
    is_scalar: bool,
    /// Whether what is wrong should be an answer of the EKS API.
    is_of_eks: bool,
}

/// How the text of one file went.
struct Went {
    /// It gave neither a profile nor word that there are none.
    gave_nothing: bool,
    /// All that is wrong with it.
    problems: Vec<String>,
    /// Whether it should be an answer of the EKS API.
    is_of_eks: bool,
}

/// How one file went.
#[derive(Debug)]
pub(in crate::sources) struct FileOutcome {
    /// It gave neither a profile nor word that there are none.
    pub(in crate::sources) gave_nothing: bool,
    /// Why that is its own fault.
    pub(in crate::sources) problems: Vec<String>,
    /// Whether it should be an answer of the EKS API.
    is_of_eks: bool,
}

impl ProfileCollector {
    /// Nothing collected yet. Given files of profiles, an empty array says that there are none.
    pub(in crate::sources) fn new(is_array_of_profiles: bool) -> Self {
        Self {
            is_array_of_profiles,
            ..Self::default()
        }
    }

    /// Reads a file that was opened, or says why it was not.
    fn read(&mut self, label: &str, opened: io::Result<impl Read>) -> Went {
        self.begin(label);
        let mut problems = match opened {
            Ok(bytes) => read_documents(bytes, self).problems,
            Err(error) => vec![input::words(&error)],
        };
        let outcome = self.end_file();
        problems.extend(outcome.problems);
        Went {
            gave_nothing: outcome.gave_nothing,
            problems,
            is_of_eks: outcome.is_of_eks,
        }
    }

    /// A file begins.
    pub(in crate::sources) fn begin(&mut self, file: &str) {
        file.clone_into(&mut self.file);
        self.seen = SeenInFile::default();
    }

    /// The file has ended, well or not.
    pub(in crate::sources) fn end_file(&mut self) -> FileOutcome {
        let seen = std::mem::take(&mut self.seen);
        let more = seen.count_of_malformed.saturating_sub(MOST_NOTES_OF_A_FILE);
        if more > 0 {
            let file = self.file.clone();
            self.broken(&file, &format!("{more} more profiles are malformed"));
        }
        let gave_nothing = seen.profiles == 0;
        let mut problems = seen.malformed;
        if problems.is_empty() && gave_nothing && seen.objects == 0 && seen.is_scalar {
            let problem = "it holds plain text; JSON or YAML of Fargate profiles is expected";
            problems.push(problem.to_owned());
        }
        FileOutcome {
            gave_nothing,
            problems,
            is_of_eks: seen.is_of_eks,
        }
    }

    /// Notes a file that could not be understood to its end.
    pub(in crate::sources) fn broken(&mut self, file: &str, problem: &str) {
        self.is_incomplete = true;
        let is_noted = self
            .notes
            .iter()
            .any(|note| note.what == file && note.detail.as_deref() == Some(problem));
        if !is_noted {
            self.notes.push(malformed(file, problem.to_owned()));
        }
    }

    /// What is wrong with the present file, where nothing else came of it.
    pub(in crate::sources) fn only_problem(&self) -> Option<&str> {
        self.seen
            .malformed
            .first()
            .map(String::as_str)
            .filter(|_| self.seen.profiles == 0)
    }

    /// The present file says that there are no profiles.
    pub(in crate::sources) fn says_none(&mut self) {
        self.says_none = true;
        self.seen.profiles += 1;
    }

    /// Takes an object if it is of one of the forms.
    pub(in crate::sources) fn offer(&mut self, item: Item<'_>) -> bool {
        if item.kind == "FargateProfile" && item.api_version.starts_with("eks.amazonaws.com/") {
            let detail = format!(
                "{}: a FargateProfile of {} is a kind that no EKS cluster serves; profiles are made through the EKS API",
                item.position, item.api_version
            );
            self.notes.push(malformed(&self.file, detail));
            return true;
        }
        if !super::may_hold_profiles(item.api_version, item.kind) {
            return false;
        }
        let value = match serde_json::from_str(item.json) {
            Ok(value) => value,
            Err(error) if says_fargate_profile(item.json.as_bytes()) => {
                self.malformed(&format!("{}: {}", item.position, json_words(&error)));
                return true;
            }
            Err(_) => return false,
        };
        let is_only = item.position.document == 1 && item.position.item.is_none();
        let place = if is_only {
            self.file.clone()
        } else {
            format!("{} ({})", self.file, item.position)
        };
        let recognised = recognise(Candidate {
            api_version: item.api_version,
            kind: item.kind,
            value: &value,
            place: &place,
        });
        let Some(mut recognised) = recognised else {
            return false;
        };
        let makes_any = !recognised.profiles.is_empty() || !recognised.removals.is_empty();
        if let Some(path) = duplicates::first(item.json).filter(|_| makes_any) {
            let problem = format!("{path}: it is there twice, and which one counts is not known");
            recognised.profiles.clear();
            recognised.removals.clear();
            recognised.malformed.push(problem);
        }
        for found in &mut recognised.profiles {
            placeholders::open(found);
        }
        self.seen.profiles += recognised.names.len();
        self.seen.profiles += usize::from(recognised.says_none);
        let source = recognised.source;
        self.seen.is_of_eks |= source == Source::Eks && !recognised.malformed.is_empty();
        let home = recognised.home.clone().unwrap_or_default();
        let room = MOST.saturating_sub(self.called.len());
        self.called.extend(recognised.called.into_iter().take(room));
        if let Some(home) = recognised.home
            && self.homes.len() < MOST
            && !self.homes.contains(&home)
        {
            self.homes.push(home);
        }
        for remark in recognised.remarks {
            if self.remarks.len() < MOST_NOTES_OF_A_FILE && !self.remarks.contains(&remark) {
                self.remarks.push(remark);
            }
        }
        for removal in recognised.removals {
            self.seen.profiles += 1;
            // One that is made anew under its name is still there.
            let stays = recognised.profiles.iter().any(|found| {
                found.profile.name == removal.profile && !contradicts(&found.home, &removal.home)
            });
            if !stays && self.removals.len() < MOST {
                self.names.retain(|(name, _, home)| {
                    *name != removal.profile || contradicts(home, &removal.home)
                });
                self.removals.push((self.found.len(), removal));
            }
        }
        self.says_none |= recognised.says_none;
        self.goes_on |= recognised.goes_on;
        for found in recognised.profiles {
            match beyond_limits(&found.profile) {
                Some(problem) => self.malformed(&format!("{}: {problem}", item.position)),
                None => {
                    self.seen.profiles += 1;
                    if self.found.len() < MOST {
                        self.found.push(Sourced { found, source });
                    } else {
                        self.left_over += 1;
                    }
                }
            }
        }
        for name in recognised.names {
            if self.names.len() < MOST {
                let name = shortened(&name, LONGEST_TEXT);
                self.names.push((name, place.clone(), home.clone()));
            } else {
                self.left_over += 1;
            }
        }
        for problem in recognised.malformed {
            let name = [
                "/fargateProfile/fargateProfileName",
                "/fargateProfileName",
                "/name",
                "/metadata/name",
            ]
            .iter()
            // Other things than a profile have a name too.
            .filter(|pointer| match **pointer {
                "/name" => value.get("selectors").is_some(),
                "/metadata/name" => item.kind.contains("FargateProfile"),
                _ => true,
            })
            .find_map(|pointer| value.pointer(pointer)?.as_str());
            self.malformed(&match name {
                Some(name) => format!("{} (profile {name}): {problem}", item.position),
                None => format!("{}: {problem}", item.position),
            });
        }
        true
    }

    /// Notes a part of the present file that should be a profile and is not.
    fn malformed(&mut self, detail: &str) {
        let detail = shortened(detail, LONGEST_PROBLEM);
        if self.seen.malformed.len() < MOST_NOTES_OF_A_FILE {
            self.seen.malformed.push(detail.clone());
        }
        self.seen.count_of_malformed += 1;
        self.is_incomplete = true;
        if self.seen.count_of_malformed <= MOST_NOTES_OF_A_FILE {
            let file = self.file.clone();
            self.broken(&file, &detail);
        }
    }
}

impl Sink for ProfileCollector {
    type Ready = Infallible;

    fn item(&mut self, item: Item<'_>) {
        self.seen.objects += 1;
        self.offer(item);
    }

    fn broken(&mut self, _: &str) {}

    fn end(&mut self, document: Document<'_>) {
        match document.shape {
            Shape::Array if document.items == 0 && self.is_array_of_profiles => {
                self.says_none();
            }
            Shape::Scalar => self.seen.is_scalar = true,
            _ => {}
        }
    }
}

fn malformed(file: &str, detail: String) -> SourceNote {
    SourceNote {
        what: file.to_owned(),
        namespace: None,
        status: SourceStatus::Malformed,
        count: None,
        detail: Some(detail),
    }
}

/// What serde_json found wrong, without the place: it counts from where the object begins.
fn json_words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    match words {
        "recursion limit exceeded" => "it is nested deeper than 127 levels".to_owned(),
        words => format!("not valid JSON: {words}"),
    }
}

/// What a file is called within a sentence, so that none begins with its name.
fn the_file(label: &str) -> String {
    if label == Input::Stdin.to_string() {
        label.to_owned()
    } else {
        format!("the file {label}")
    }
}

pub(super) fn left_out(choice: &Choice) -> Vec<String> {
    choice
        .left_out
        .iter()
        .map(|(cluster, count)| match count {
            1 => format!("1 profile of {cluster} was left out"),
            count => format!("{count} profiles of {cluster} were left out"),
        })
        .collect()
}

pub(super) fn origin(profile: &FargateProfile) -> &str {
    match &profile.origin {
        ProfileOrigin::File(place) => place,
        ProfileOrigin::Object(object) => object,
        ProfileOrigin::EksApi => "the EKS API",
        ProfileOrigin::Demo => "the demo",
    }
}

pub(super) fn joined(remarks: &[String]) -> Option<String> {
    (!remarks.is_empty()).then(|| remarks.join("; "))
}
