//! Reads what Fargate said into the reasons that it names.
//!
//! Known words are looked for inside the text, since messages get wrapped, joined, repeated and cut off. A word counts only
//! whole: `Privil` at the end of a text that was cut off may have been anything, so it is told as words that we do not know,
//! and what the pod's spec shows decides.

use super::proved::{is_begun, proved_by, says_only_no};
use crate::decision::facts::{PodSpec, VolumeSource};
use crate::decision::placement::refusal::is_mounted_source;
use crate::decision::reason::Reason;

/// What a text says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clauses {
    /// The reasons that it names, each once; whole messages first, then in the order of the text.
    pub reasons: Vec<Reason>,
    /// Whether a part of it is in words that we do not know, or was cut off.
    pub has_unknown_words: bool,
}

/// How a refusal of a pod's spec begins: from fargate-scheduler, and from the kubelet of a Fargate node.
pub const HEADS: &[&str] = &["Pod not supported on Fargate:", "Pod not supported:"];

/// Whole messages that name one cause, wherever they stand in a text.
const MESSAGES: &[(&str, Reason)] = &[
    // Without its end, which is cut off in narrow places.
    (
        "execution role is not found",
        Reason::ExecutionRoleNotAuthorized,
    ),
    (
        "Failed to assume PodExecutionRole",
        Reason::ExecutionRoleNotAssumable,
    ),
    ("is not a private subnet", Reason::SubnetNotPrivate),
    (
        "not supported in the requested availability zone",
        Reason::UnsupportedZone,
    ),
    // Seen with a capital and without.
    ("apacity is unavailable", Reason::CapacityUnavailable),
    (
        "reached the limit on the number of Fargate pods",
        Reason::QuotaReached,
    ),
    (
        "currently blocked and thus cannot launch any Fargate pods",
        Reason::AccountBlocked,
    ),
    ("Pod provisioning timed out", Reason::NodeNeverRegistered),
    (
        "cannot satisfy pod's node selector/affinity",
        Reason::NodeSelectorConflict,
    ),
    ("exceed the max Fargate configuration", Reason::TooBig),
    (TOO_BIG_CODE, Reason::TooBig),
];

/// The code by which the condition `PodScheduled` says that no size holds the pod. Source: aws/eks-distro-prow-jobs#11.
pub const TOO_BIG_CODE: &str = "POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE";

/// The clauses that open a list, and the list that they open.
const LISTS: &[(&str, List)] = &[
    ("fields not supported:", List::Fields),
    ("invalid SecurityContext fields:", List::Security),
    ("Capabilities added:", List::Capabilities),
    ("volumes not supported:", List::Volumes),
];

/// Clauses that stand by themselves.
const CLAUSES: &[(&str, Reason)] = &[
    ("port contains HostIP or HostPort", Reason::HostPort),
    ("volumeDevices not supported", Reason::RawBlockVolume),
    (
        "SchedulerName is not fargate-scheduler",
        Reason::ToleratesFargateTaint,
    ),
    ("DaemonSet not supported", Reason::DaemonSetPod),
];

/// The items of the lists of fields.
const FIELDS: &[(&str, Reason, List)] = &[
    ("HostNetwork", Reason::HostNamespace, List::Fields),
    ("HostPID", Reason::HostNamespace, List::Fields),
    ("HostIPC", Reason::HostNamespace, List::Fields),
    ("Privileged", Reason::PrivilegedContainer, List::Security),
    (
        "AllowPrivilegeEscalation",
        Reason::PrivilegeEscalation,
        List::Security,
    ),
];

/// A formatting slip of the events.k8s.io path leaves this around a message.
const FORMAT_SLIP: &str = "Scheduling%!(EXTRA string=";

/// Which list the pieces between commas belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    None,
    Fields,
    Security,
    Capabilities,
    Volumes,
}

/// Whether the text is a refusal of the pod's spec, in whatever words.
pub fn is_refusal_of_spec(text: &str) -> bool {
    let text = in_one_line(text);
    HEADS.iter().any(|head| text.contains(head))
}

/// The text with each stretch of white space as one blank: some who pass messages on break their lines.
pub(super) fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The reasons that the whole messages in a text name; for texts that are about no pod.
pub fn reasons_in(text: &str) -> impl Iterator<Item = Reason> {
    MESSAGES
        .iter()
        .filter(move |(words, _)| text.contains(words))
        .map(|(_, reason)| *reason)
}

/// Reads a text about a pod with this spec. The spec settles what a bare name means: a volume that the text names without a
/// cause (as texts of 2020 did), a capability that nobody but the pod knows.
pub fn clauses_of(text: &str, spec: &PodSpec) -> Clauses {
    let found = read(text, spec);
    if !found.has_unknown_words || !text.trim().contains('\n') {
        return found;
    }
    // A line may end a clause, or only break it.
    let joined = read(&in_one_line(text), spec);
    let is_better = !joined.has_unknown_words || joined.reasons.len() > found.reasons.len();
    if is_better { joined } else { found }
}

fn read(text: &str, spec: &PodSpec) -> Clauses {
    let mut found = Clauses::default();
    for reason in reasons_in(text) {
        found.add(reason);
    }
    let proved = proved_by(spec);
    let Some(body) = body_of(text) else {
        found.has_unknown_words |= found.reasons.is_empty() && !says_only_no(text, &proved);
        return found;
    };
    let mut list = List::None;
    let pieces: Vec<&str> = body
        .split([',', '\n'])
        .map(bare)
        .filter(|piece| !piece.is_empty())
        .collect();
    for (index, piece) in pieces.iter().enumerate() {
        let before = found.clone();
        list = found.read_piece(piece, list, spec);
        // What the end of a text that was cut off began to say, and the spec shows in full, is known all the same.
        let is_last = index + 1 == pieces.len();
        if is_last && found.has_unknown_words && is_begun(piece, &proved) {
            found.has_unknown_words = before.has_unknown_words;
            return found;
        }
    }
    found.has_unknown_words |= pieces.is_empty() && proved.is_empty() || says_it_was_cut(text);
    found
}

/// What follows the head of a refusal; where it has none, what begins with a known clause.
fn body_of(text: &str) -> Option<String> {
    let text = without_wrapping(text);
    let mut text = text.as_str();
    let mut parts = Vec::new();
    while let Some((at, head)) = HEADS
        .iter()
        .filter_map(|head| Some((text.find(head)?, *head)))
        .min()
    {
        parts.push(&text[..at]);
        text = &text[at + head.len()..];
    }
    parts.push(text);
    if parts.len() == 1 {
        let openings = LISTS.iter().map(|(words, _)| *words);
        let begins = openings
            .chain(CLAUSES.iter().map(|(words, _)| *words))
            .filter_map(|words| text.find(words))
            .min()?;
        parts = vec![&text[..begins], &text[begins..]];
    }
    // "failed: Pod not supported…" introduces what follows; what is set apart by a comma or full stop says something itself.
    let before = parts[0].trim_end();
    parts[0] = if before.ends_with(['.', ',', ';', '!']) {
        before
    } else {
        before.rsplit_once(',').map_or("", |(said, _)| said)
    };
    Some(parts.join(","))
}

/// The text without what is known to get wrapped around messages: the formatting slip, and codes as in
/// `[POD_UNSUPPORTED_ON_FARGATE]`.
fn without_wrapping(text: &str) -> String {
    let text = text.replace(FORMAT_SLIP, "");
    let mut bared = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at(open);
        bared.push_str(before);
        rest = from;
        let code = from[1..].split(']').next().unwrap_or_default();
        if code.starts_with("POD_") && code.len() + 1 < from.len() && is_shouted(code) {
            rest = &from[code.len() + 2..];
        } else {
            bared.push('[');
            rest = &rest[1..];
        }
    }
    bared.push_str(rest);
    bared
}

const QUOTES: &[char] = &['"', '\'', '`', ')'];

/// A piece without what is wrapped around it, and without its full stop.
fn bare(piece: &str) -> &str {
    let is_around = |c: char| c.is_whitespace() || QUOTES.contains(&c);
    piece
        .trim_start_matches(is_around)
        .trim_end_matches(|c: char| is_around(c) || c == '.' || c == '…')
}

/// Whether the text says itself that it was cut off, as Kubernetes does with long ones.
fn says_it_was_cut(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || QUOTES.contains(&c));
    text.ends_with("...") || text.ends_with('…')
}

impl Clauses {
    fn add(&mut self, reason: Reason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Reads one piece between commas, and tells which list the next one may go on with.
    fn read_piece(&mut self, piece: &str, list: List, spec: &PodSpec) -> List {
        for (words, opened) in LISTS {
            let Some(at) = piece.find(words) else {
                continue;
            };
            let before = bare(&piece[..at]);
            if !before.is_empty() {
                self.read_piece(before, list, spec);
            }
            if *opened == List::Capabilities {
                self.add(Reason::AddedCapability);
            }
            let rest = bare(&piece[at + words.len()..]);
            if rest.is_empty() {
                // Cut off: what it lists is not told. Added capabilities are told by the words themselves.
                self.has_unknown_words = true;
                return *opened;
            }
            return self.read_piece(rest, *opened, spec);
        }
        let clause = CLAUSES.iter().find(|(words, _)| piece.contains(words));
        if let Some((words, reason)) = clause {
            self.add(*reason);
            self.has_unknown_words |= piece != *words;
            return List::None;
        }
        if let Some((_, reason, of)) = FIELDS.iter().find(|(word, ..)| piece == *word) {
            self.add(*reason);
            return *of;
        }
        if let Some(reason) = volume_clause(piece) {
            self.add(reason);
            return List::Volumes;
        }
        let is_whole_message = MESSAGES.iter().any(|(words, _)| piece.contains(words))
            || piece.starts_with("Please try again later");
        let is_known = is_whole_message
            || match list {
                List::Capabilities => are_capabilities(piece, spec),
                List::Volumes if is_refused_volume(piece, spec) => {
                    self.add(Reason::UnsupportedVolume);
                    true
                }
                _ => false,
            };
        self.has_unknown_words |= !is_known;
        list
    }
}

/// What a clause about one volume says of it; `None` where it gives no cause, or one that we do not know.
fn volume_clause(piece: &str) -> Option<Reason> {
    if piece.contains("is of an unsupported volume") {
        return Some(Reason::UnsupportedVolume);
    }
    let (_, cause) = piece.split_once("not supported because:")?;
    if cause.contains("bound to invalid PV") || cause.contains("nil CSI spec") {
        Some(Reason::VolumeNotEfs)
    } else if cause.contains("not bound")
        || cause.contains("persistentvolume") && cause.contains("not found")
    {
        Some(Reason::VolumeNotBound)
    } else {
        None
    }
}

/// Whether the piece is the name of a volume of the pod, of a kind that Fargate does not mount. Of a claim a bare name does
/// not tell what is wrong.
fn is_refused_volume(piece: &str, spec: &PodSpec) -> bool {
    spec.volumes.iter().any(|volume| {
        volume.name == piece
            && matches!(&volume.source, VolumeSource::Other(source) if !is_mounted_source(source))
    })
}

/// Capabilities beyond those that every container has, as Linux 6.x names them; a text may be cut off in the middle of one.
const LINUX_CAPABILITIES: &[&str] = &[
    "ALL",
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

fn are_capabilities(piece: &str, spec: &PodSpec) -> bool {
    let is_known = |word: &str| {
        LINUX_CAPABILITIES.contains(&word.strip_prefix("CAP_").unwrap_or(word))
            || spec.containers.iter().any(|container| {
                container
                    .added_capabilities
                    .iter()
                    .any(|added| added == word)
            })
    };
    piece
        .trim_matches(['[', ']'])
        .split_whitespace()
        .all(is_known)
}

fn is_shouted(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
#[path = "clauses_tests.rs"]
mod tests;
