//! The scenario folders of `tests/scenarios`, and what each one expects: shared by the test that reads them as files and by
//! the one that loads them into a real API server. `tests/scenarios/README.md` describes the format.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

/// A scenario folder.
pub struct Scenario {
    pub folder: PathBuf,
    pub expected: Expected,
}

/// `expected.yaml`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expected {
    /// The moment to judge from; without it the newest time in the input counts.
    #[allow(
        dead_code,
        reason = "a real server has its own clock: the live tests do not ask for it"
    )]
    pub at: Option<String>,
    /// Whether no answer rests on a made-up clock, so that a real API server must lead to the same ones.
    #[allow(dead_code, reason = "files are read whether live or not")]
    pub live: bool,
    /// The reasons that this scenario proves.
    pub fires: Vec<String>,
    /// The reasons that it might be mistaken for: no entry may have them.
    pub looks_like: Vec<String>,
    pub pods: Vec<Entry>,
}

/// What is expected of one pod, or of the template of a workload that has none. What is left out is free.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// `NAMESPACE/NAME`.
    pod: Option<String>,
    /// `KIND/NAMESPACE/NAME`.
    template: Option<String>,
    placement: Option<String>,
    /// `KIND/NAME`, or `KIND` where the provisioner has no name.
    provisioner: Option<String>,
    expected: Option<String>,
    profile: Option<String>,
    from: Option<String>,
    pub reason: String,
    certainty: Option<String>,
    /// Pieces of text that stand somewhere in the answer (summary, messages, evidence, fixes).
    #[serde(default)]
    says: Vec<String>,
    /// Pieces that stand nowhere in it.
    #[serde(default)]
    says_not: Vec<String>,
    #[serde(default)]
    pub also: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
}

/// What an [`Entry`] is about.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    Pod {
        namespace: &'a str,
        name: &'a str,
    },
    Template {
        kind: &'a str,
        namespace: &'a str,
        name: &'a str,
    },
}

/// Returns the scenario folders, by name.
pub fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Returns the last part of a folder's path, which tells what happened.
pub fn name_of(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

impl Scenario {
    /// Reads a folder. The error names the file and what is wrong with it.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let file = folder.join("expected.yaml");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("could not read {}: {error}", file.display()))?;
        let expected: Expected = serde_saphyr::from_str(&text)
            .map_err(|error| format!("{} is not as it should be: {error}", file.display()))?;
        for entry in &expected.pods {
            entry
                .subject()
                .map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            expected,
        })
    }

    /// Returns the arguments that hand over the scenario's profiles; none where the folder has none.
    pub fn profile_arguments(&self) -> Vec<String> {
        ["profiles.json", "profiles.yaml"]
            .map(|name| self.folder.join(name))
            .into_iter()
            .filter(|file| file.is_file())
            .flat_map(|file| ["--profiles".to_owned(), file.display().to_string()])
            .collect()
    }

    /// Compares every entry with what `find` has about its subject; returns what is wrong, in lines.
    pub fn judge(&self, mut find: impl FnMut(Subject<'_>) -> Option<Value>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut fired: Vec<String> = Vec::new();
        for entry in &self.expected.pods {
            let Ok(subject) = entry.subject() else {
                continue;
            };
            let Some(found) = find(subject) else {
                wrong.push(format!("{}: not in the report", entry.name()));
                continue;
            };
            fired.extend(reasons_of(&found).into_iter().map(str::to_owned));
            let differences = entry.differences(&found, &self.expected.looks_like);
            if !differences.is_empty() {
                wrong.push(format!("{}:", entry.name()));
                wrong.extend(
                    differences
                        .iter()
                        .map(|difference| format!("    {difference}")),
                );
                wrong.push(format!("    it says: {}", plain(&found["summary"])));
            }
        }
        for reason in &self.expected.fires {
            if !fired.contains(reason) {
                wrong.push(format!(
                    "{reason}, which the scenario is the proof of, is on none of its pods"
                ));
            }
        }
        wrong
    }
}

impl Entry {
    /// Returns what this is about. The error says what the entry lacks.
    pub fn subject(&self) -> Result<Subject<'_>, String> {
        let parts = |text: &'_ str| -> Vec<String> { text.split('/').map(str::to_owned).collect() };
        match (self.pod.as_deref(), self.template.as_deref()) {
            (Some(pod), None) => pod
                .split_once('/')
                .filter(|_| parts(pod).len() == 2)
                .map(|(namespace, name)| Subject::Pod { namespace, name })
                .ok_or_else(|| format!("pod {pod} is not NAMESPACE/NAME")),
            (None, Some(template)) => match template.split('/').collect::<Vec<_>>()[..] {
                [kind, namespace, name] => Ok(Subject::Template {
                    kind,
                    namespace,
                    name,
                }),
                _ => Err(format!("template {template} is not KIND/NAMESPACE/NAME")),
            },
            _ => Err("an entry names a pod or a template, one of them".to_owned()),
        }
    }

    /// Returns the name of the pod or template, as the file has it.
    pub fn name(&self) -> &str {
        self.pod
            .as_deref()
            .or(self.template.as_deref())
            .unwrap_or_default()
    }

    /// Compares with an entry of the report; what is not named here is free.
    fn differences(&self, found: &Value, look_alikes: &[String]) -> Vec<String> {
        let at = |pointer: &str| found.pointer(pointer).cloned().unwrap_or(Value::Null);
        let provisioner = match (
            at("/placement/provisioner/kind"),
            at("/placement/provisioner/name"),
        ) {
            (Value::String(kind), Value::String(name)) => json!(format!("{kind}/{name}")),
            (kind, _) => kind,
        };
        let reason = Some(self.reason.clone());
        let compared = [
            ("placement", at("/placement/kind"), &self.placement),
            ("provisioner", provisioner, &self.provisioner),
            ("expected", at("/expected/kind"), &self.expected),
            ("profile", at("/expected/profile"), &self.profile),
            ("from", at("/expected/from"), &self.from),
            ("reason", at("/reason"), &reason),
            ("certainty", at("/certainty"), &self.certainty),
        ];
        let mut differences: Vec<String> = compared
            .into_iter()
            .filter_map(|(field, found, wanted)| {
                let wanted = wanted.as_deref()?;
                (found != wanted).then(|| format!("{field} is {}, wanted {wanted}", plain(&found)))
            })
            .collect();
        let reasons = reasons_of(found);
        for reason in &self.also {
            if !reasons.contains(&reason.as_str()) {
                differences.push(format!(
                    "no finding {reason}; there are {}",
                    reasons.join(", ")
                ));
            }
        }
        for reason in self.not.iter().chain(look_alikes) {
            if reasons.contains(&reason.as_str()) {
                differences.push(format!("a finding {reason}, which must not be"));
            }
        }
        let texts = texts_of(found);
        let is_said = |piece: &str| texts.iter().any(|text| text.contains(piece));
        for piece in self.says.iter().filter(|piece| !is_said(piece)) {
            differences.push(format!("nothing says {piece:?}; it says {texts:#?}"));
        }
        for piece in self.says_not.iter().filter(|piece| is_said(piece)) {
            differences.push(format!("it says {piece:?}, which it must not"));
        }
        differences
    }
}

/// Returns all texts of an entry, wherever they stand in it.
fn texts_of(found: &Value) -> Vec<&str> {
    match found {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts_of).collect(),
        Value::Object(fields) => fields.values().flat_map(texts_of).collect(),
        _ => Vec::new(),
    }
}

/// Returns the entry of a report about a pod, or about the template of a workload.
#[allow(dead_code, reason = "the live tests look things up in their own way")]
pub fn entry_of(report: &Value, namespace: &str, name: &str, is_template: bool) -> Option<Value> {
    report["pods"]
        .as_array()?
        .iter()
        .find(|entry| {
            entry["namespace"] == namespace
                && entry["name"] == name
                && (entry["template"] == true) == is_template
        })
        .cloned()
}

/// Returns the reasons of an entry's findings, and its decisive one.
pub fn reasons_of(pod: &Value) -> Vec<&str> {
    let mut reasons: Vec<&str> = pod["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["reason"].as_str())
        .collect();
    match pod["reason"].as_str() {
        Some(decisive) if !reasons.contains(&decisive) => reasons.push(decisive),
        _ => {}
    }
    reasons
}

/// Returns a text without its quotes; `nothing` for what is not there.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
