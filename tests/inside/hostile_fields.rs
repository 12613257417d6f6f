//! Text of strangers in each field of each kind of object in turn, through every command and every format: the fields are those of
//! all scenarios, each shape of field once.
//!
//! A field that is new in a scenario is walked from then on; nothing has to be listed here.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::decision::suggest::suggest;
use crate::render::profiles::{ProfilesView, render as render_profiles};
use crate::render::suggestion::{SuggestionView, remarks, render as render_suggestion};
use crate::render::{Style, View, clean, render};
use crate::report::{self, profiles, suggestion};
use crate::sources::offline::gather_embedded;
use crate::sources::{Gathered, Question};

use super::scenario::{folders, name_of};

/// Stands in every hostile text, so that it is found again.
const MARK: &str = "h05t1le";

/// Everything at once that a terminal, a table, a shell or YAML might obey, with what eyes cannot see.
const EVERYTHING: &str = "\u{1b}[2J\u{1b}]8;;http://x\u{7}h05t1le\u{1b}]52;c;eA==\u{1b}\\\u{1b}P1q\u{9b}31M\u{90}\u{9d}\u{9c}\
    \u{7f}\u{8}\r\n\u{0}a\tb\u{b}\u{c}\u{85}\u{202e}c\u{2066}d\u{2069}\u{200b}\u{200d}\u{feff}\u{ad}\u{2028}\u{2029}\u{61c}\u{e0041}\
    \u{fe0f}\u{34f}\u{3164}e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} \u{1f468} 日本 ~ * ? {{resolve:ssm:x}} !Ref <<: *a &b \
    | > % @ `touch x` \"'; touch x\n\ntouch x\n# - yes: [1e3]";

/// What a command would take for a flag of its own, and tools for an expression: profiles in files are full of those.
const FLAG: &str = "--h05t1le=${x} %{x} $(touch x),{a,b}";

/// An object, or a profile, and where it comes from.
#[derive(Clone)]
struct Input {
    objects: Vec<Value>,
    profiles: Vec<Value>,
}

impl Input {
    fn of(folder: &Path) -> Self {
        let mut input = Self {
            objects: Vec::new(),
            profiles: Vec::new(),
        };
        let files = std::fs::read_dir(folder.join("cluster"));
        let mut paths: Vec<_> = files
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        for path in paths {
            for document in documents(&path) {
                match document.get("items").and_then(Value::as_array) {
                    Some(items) => input.objects.extend(items.iter().cloned()),
                    None => input.objects.push(document),
                }
            }
        }
        input.profiles = documents(&folder.join("profiles.json"));
        input
    }

    fn part(&mut self, part: usize) -> &mut Vec<Value> {
        match part {
            0 => &mut self.objects,
            _ => &mut self.profiles,
        }
    }

    fn gathered(&self) -> Option<Gathered> {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": self.objects}).to_string();
        let profiles: String = self.profiles.iter().map(|one| format!("{one}\n")).collect();
        let files = [("cluster.json", list), ("profiles.json", profiles)];
        gather_embedded(&files, None, &Question::default()).ok()
    }
}

/// The documents of a file, as far as plain data goes: a template with tags of its own is none.
fn documents(path: &Path) -> Vec<Value> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    let documents = match path.extension().is_some_and(|ending| ending == "json") {
        true => serde_json::Deserializer::from_str(&text)
            .into_iter()
            .map_while(Result::ok)
            .collect(),
        false => serde_saphyr::from_multiple(&text).unwrap_or_default(),
    };
    documents.into_iter().filter(Value::is_object).collect()
}

/// Where a text stands in a tree: the value at a pointer, or the key that ends the pointer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Value,
    Key,
}

/// Fields whose keys are texts of whoever wrote the object; the keys of other fields are Kubernetes's own.
const MAPS: &[&str] = &[
    "/labels",
    "/annotations",
    "/matchLabels",
    "/nodeSelector",
    "/selector",
    "/data",
    "/requests",
    "/limits",
    "/capacity",
    "/tags",
];

fn parent_of(shape: &str) -> &str {
    shape.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// All texts of a tree: their pointers, and their shapes, in which one element of a list is like another.
fn texts(tree: &Value, at: &str, shape: &str, found: &mut Vec<(Place, String, String)>) {
    match tree {
        Value::Object(fields) => {
            for (key, value) in fields {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                let (at, shape) = (format!("{at}/{escaped}"), format!("{shape}/{key}"));
                if MAPS.iter().any(|map| parent_of(&shape).ends_with(map)) {
                    found.push((Place::Key, at.clone(), shape.clone()));
                }
                texts(value, &at, &shape, found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                texts(
                    element,
                    &format!("{at}/{index}"),
                    &format!("{shape}/[]"),
                    found,
                );
            }
        }
        Value::String(_) => found.push((Place::Value, at.to_owned(), shape.to_owned())),
        _ => {}
    }
}

/// Puts a text into its place.
fn put(tree: &mut Value, place: Place, pointer: &str, text: &str) {
    if place == Place::Value {
        *tree.pointer_mut(pointer).expect("it was found") = text.into();
        return;
    }
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer begins so");
    let key = key.replace("~1", "/").replace("~0", "~");
    let fields = tree.pointer_mut(parent).and_then(Value::as_object_mut);
    let fields = fields.expect("it was found in an object");
    let value = fields.remove(&key).unwrap_or_default();
    fields.insert(text.to_owned(), value);
}

/// What a format must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// For eyes.
    Text,
    /// One document of JSON.
    Json,
    /// One document of YAML, with the data of the JSON before it.
    Yaml,
    /// One document of YAML.
    Artefact,
}

fn drawn(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("text")
}

/// Every command's answer in every format; `for_eyes` asks for those, too, that are not for programs.
fn answers(gathered: &Gathered, for_eyes: bool) -> Vec<(String, Form, String)> {
    let snapshot = &gathered.snapshot;
    let explained = report::assemble(snapshot, &gathered.subjects);
    let surveyed = profiles::assemble(snapshot, &[], true);
    let suggestion = suggest(snapshot, &gathered.subjects, false, None);
    let suggested = suggestion::assemble(&suggestion);
    let plain = Style::default();
    let mut answers = Vec::new();
    let mut add =
        |what: String, form: Form, write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
            answers.push((what, form, drawn(write)));
        };
    let again = Some("kubectl fargate suggest");
    for (view, form) in [(View::Json, Form::Json), (View::Yaml, Form::Yaml)] {
        add(format!("explain {view:?}"), form, &|out| {
            render(&explained, view, &plain, out)
        });
    }
    for (view, form) in [
        (ProfilesView::Json, Form::Json),
        (ProfilesView::Yaml, Form::Yaml),
    ] {
        add(format!("profiles {view:?}"), form, &|out| {
            render_profiles(&surveyed, view, &plain, out)
        });
    }
    for (view, form) in [
        (SuggestionView::Json, Form::Json),
        (SuggestionView::Yaml, Form::Yaml),
        (SuggestionView::Cloudformation, Form::Artefact),
        (SuggestionView::Eksctl, Form::Artefact),
    ] {
        add(format!("suggest {view:?}"), form, &|out| {
            render_suggestion(&suggested, view, again, &plain, out)
        });
    }
    if !for_eyes {
        return answers;
    }
    let narrow = Style {
        unicode: false,
        width: Some(60),
        ..Style::default()
    };
    for style in [&plain, &narrow] {
        for view in [View::Story, View::Table { wide: false }] {
            add(format!("explain {view:?}"), Form::Text, &|out| {
                render(&explained, view, style, out)
            });
        }
        add("suggest".to_owned(), Form::Text, &|out| {
            render_suggestion(&suggested, SuggestionView::Page, again, style, out)
        });
        add("profiles".to_owned(), Form::Text, &|out| {
            render_profiles(&surveyed, ProfilesView::Pages, style, out)
        });
    }
    for view in [View::Table { wide: true }, View::Name] {
        add(format!("explain {view:?}"), Form::Text, &|out| {
            render(&explained, view, &plain, out)
        });
    }
    for view in [
        ProfilesView::Table { wide: true },
        ProfilesView::Tree,
        ProfilesView::Name,
    ] {
        add(format!("profiles {view:?}"), Form::Text, &|out| {
            render_profiles(&surveyed, view, &plain, out)
        });
    }
    for view in [SuggestionView::Aws, SuggestionView::Terraform] {
        add(format!("suggest {view:?}"), Form::Text, &|out| {
            render_suggestion(&suggested, view, again, &plain, out)
        });
    }
    add("remarks".to_owned(), Form::Text, &|out| {
        out.extend(remarks(&suggested).join("\n").into_bytes());
        Ok(())
    });
    answers
}

/// What a terminal obeys, or eyes do not see, line breaks aside.
fn first_dangerous(text: &str) -> Option<char> {
    text.chars().find(|character| {
        *character != '\n' && crate::decision::facts::characters::is_unsafe(*character)
    })
}

/// All texts of a report, and the commands among them.
fn told<'v>(
    value: &'v Value,
    is_command: bool,
    texts: &mut Vec<&'v str>,
    commands: &mut Vec<&'v str>,
) {
    match value {
        Value::String(text) if is_command => commands.push(text),
        Value::String(text) => texts.push(text),
        Value::Array(values) => {
            for value in values {
                told(value, is_command, texts, commands);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                texts.push(key);
                told(value, key == "commands", texts, commands);
            }
        }
        _ => {}
    }
}

/// A command is one command of a tool that we name, and the hostile text is no flag of it.
fn is_harmless(command: &str, hostile: &str) -> Result<(), String> {
    let words = shell_words::split(command).map_err(|_| "quotes are open".to_owned())?;
    let tool = words.first().map(String::as_str).unwrap_or_default();
    if !["kubectl", "aws", "eksctl", "${EDITOR:-vi}"].contains(&tool) {
        return Err(format!("it runs {tool}"));
    }
    if words
        .iter()
        .any(|word| word.starts_with(hostile) && hostile.starts_with('-'))
    {
        return Err("a name became a flag".to_owned());
    }
    // Whatever is not plain stands between quotes, so outside of them there is nothing that a shell obeys, one redirection aside.
    let outside: String = command
        .replace(r"'\''", "")
        .split('\'')
        .step_by(2)
        .collect();
    let outside = outside
        .replacen(" > ", " ", 1)
        .replace("${EDITOR:-vi}", "vi");
    match outside
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !" -_./:,@+=".contains(*c))
    {
        Some(bare) => Err(format!("{bare:?} stands outside of quotes")),
        None => Ok(()),
    }
}

/// All that must hold of the answers, whatever stands in the input. Returns what does not.
fn wrongs(gathered: &Gathered, hostile: &str, for_eyes: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut data = Value::Null;
    let mut pods = 0;
    for (what, form, text) in answers(gathered, for_eyes) {
        if let Some(dangerous) = first_dangerous(&text) {
            wrong.push(format!("{what}: {dangerous:?} gets through"));
        }
        match form {
            Form::Text if what == "explain Name" => {
                let wanted = gathered.subjects.len();
                if text.lines().count() != wanted {
                    wrong.push(format!("{what}: {wanted} objects in {:?}", text.lines()));
                }
            }
            Form::Text if what == "explain Table { wide: true }" => {
                let rows = text
                    .lines()
                    .skip_while(|line| !line.starts_with("NAMESPACE"));
                let rows = rows.skip(1).take_while(|line| !line.is_empty()).count();
                if rows != pods {
                    wrong.push(format!("{what}: {rows} rows for {pods} pods"));
                }
            }
            Form::Text => {}
            Form::Json => match serde_json::from_str(&text) {
                Ok(value) => {
                    data = value;
                    if what.starts_with("explain") {
                        pods = data["pods"].as_array().map_or(0, Vec::len);
                    }
                }
                Err(error) => wrong.push(format!("{what}: {error}")),
            },
            Form::Yaml => match serde_saphyr::from_str::<Value>(&text) {
                Ok(value) if value == data => {}
                Ok(_) => wrong.push(format!("{what}: not what the JSON says")),
                Err(error) => wrong.push(format!("{what}: {error}")),
            },
            Form::Artefact if text.is_empty() => {}
            Form::Artefact => {
                if let Err(error) = serde_saphyr::from_str::<Value>(&text) {
                    wrong.push(format!("{what}: {error}"));
                }
                if text.contains("\n  ") && what.contains("Cloudformation") && has_reference(&text)
                {
                    wrong.push(format!("{what}: it makes CloudFormation fetch something"));
                }
            }
        }
        if form == Form::Json {
            let (mut texts, mut commands) = (Vec::new(), Vec::new());
            told(&data, false, &mut texts, &mut commands);
            for text in texts.iter().filter(|text| text.contains(MARK)) {
                // What is no flag is read in parts, where a source of profiles has expressions or lists.
                let is_to_be_whole = for_eyes && !text.contains('…');
                if is_to_be_whole && !says(text, hostile) {
                    wrong.push(format!("{what}: not as it was: {text:?}"));
                }
            }
            for command in commands {
                if let Err(problem) = is_harmless(command, hostile) {
                    wrong.push(format!("{what}: {problem}: {command:?}"));
                }
            }
        }
    }
    wrong
}

fn has_reference(template: &str) -> bool {
    template
        .lines()
        .any(|line| !line.starts_with('#') && line.contains("{{resolve:"))
}

/// Whether a text holds the hostile one: as it is, on one line, or, where a reader of numbers and times complains, in quotes of its own.
fn says(text: &str, hostile: &str) -> bool {
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let quoted = [format!("{hostile:?}"), json!(hostile).to_string()];
    // A reference that CloudFormation would resolve stands in a pattern as the widest that it may be.
    let widest = hostile.replace("{{resolve:ssm:x}}", "*");
    text.contains(hostile)
        || quoted
            .iter()
            .any(|quoted| text.contains(quoted.trim_matches('"')))
        || [hostile, &widest]
            .iter()
            .any(|told| on_one_line(text).contains(&on_one_line(told)))
}

/// Walks the fields of all scenarios with a text, and tells what went wrong where.
fn walk(hostile: &str, for_eyes: bool) -> (usize, Vec<String>) {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut walked = 0;
    let mut inputs: Vec<(String, Input)> = folders()
        .iter()
        .map(|folder| (name_of(folder), Input::of(folder)))
        .collect();
    // The fewer objects stand beside the field, the sooner all is told.
    inputs.sort_by_key(|(_, input)| input.objects.len());
    for (folder, input) in &inputs {
        for part in [0, 1] {
            for index in 0..input.clone().part(part).len() {
                let tree = input.clone().part(part)[index].clone();
                let kind = tree["kind"].as_str().unwrap_or("profile").to_owned();
                let mut found = Vec::new();
                texts(&tree, "", "", &mut found);
                for (place, pointer, shape) in found {
                    if !seen.insert((part, kind.clone(), place, shape.clone())) {
                        continue;
                    }
                    walked += 1;
                    let mut changed = input.clone();
                    put(&mut changed.part(part)[index], place, &pointer, hostile);
                    let Some(gathered) = changed.gathered() else {
                        continue;
                    };
                    let what = wrongs(&gathered, hostile, for_eyes);
                    wrong.extend(
                        what.first()
                            .map(|what| format!("{folder} {kind}{shape}: {what}")),
                    );
                }
            }
        }
    }
    (walked, wrong)
}

fn assert_none(hostile: &str, for_eyes: bool) {
    let (walked, wrong) = walk(hostile, for_eyes);
    assert!(walked > 800, "only {walked} fields were found");
    let shown: Vec<String> = wrong
        .iter()
        .take(40)
        .map(|what| clean(what).into_owned())
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}

#[test]
fn no_field_steers_a_terminal_or_breaks_a_format() {
    assert_none(EVERYTHING, true);
}

#[test]
fn no_field_becomes_a_flag() {
    assert_none(FLAG, false);
}
