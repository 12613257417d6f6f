//! The cluster as files, the way people save one: `kubectl get … -A -o json`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::Cluster;
use super::json::{Form, Json, ListWriter};
use super::objects::KINDS;

impl Cluster {
    /// Writes one file a kind (`pods.json`, `nodes.json`, …), `profiles.json` and `expected.json` into a folder.
    /// `Form::Raw` writes the pods as the API sends them, managed fields and all.
    pub fn write_files(&self, folder: &Path, pods: Form) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        self.write(&folder.join("pods.json"), |out| {
            let mut list = ListWriter::begin(out, pods, "Pod", "v1")?;
            for pod in self.pods(pods == Form::Raw) {
                list.push(&pod.json)?;
            }
            list.end()
        })?;
        for kind in KINDS {
            self.write(&folder.join(format!("{}.json", kind.plural)), |out| {
                let mut list = ListWriter::begin(out, Form::Kubectl, kind.name, kind.api_version)?;
                for object in self.objects(*kind) {
                    list.push(&object.json)?;
                }
                list.end()
            })?;
        }
        self.write_answers(folder)
    }

    /// Writes everything into one file `cluster.json`, as `kubectl get pods,nodes,… -A -o json` does, pods first;
    /// `profiles.json` and `expected.json` beside it.
    pub fn write_one_file(&self, folder: &Path, with_managed_fields: bool) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        self.write(&folder.join("cluster.json"), |out| {
            let mut list = ListWriter::begin(out, Form::Kubectl, "", "v1")?;
            for pod in self.pods(with_managed_fields) {
                list.push(&pod.json)?;
            }
            for kind in KINDS {
                for object in self.objects(*kind) {
                    list.push(&object.json)?;
                }
            }
            list.end()
        })?;
        self.write_answers(folder)
    }

    fn write_answers(&self, folder: &Path) -> io::Result<()> {
        std::fs::write(folder.join("profiles.json"), self.profiles())?;
        self.write(&folder.join("expected.json"), |out| {
            writeln!(out, "[")?;
            for (index, answer) in self.answers().enumerate() {
                let line = Json::object_text(|json| {
                    json.text("namespace", answer.namespace);
                    json.text("name", answer.name);
                    json.text("placement", answer.placement);
                    if let Some(provisioner) = answer.provisioner {
                        json.text("provisioner", provisioner);
                    }
                    json.text("expected", answer.expected);
                    if let Some(profile) = answer.profile {
                        json.text("profile", profile);
                    }
                    json.text("reason", answer.reason);
                });
                writeln!(out, "{}{line}", if index == 0 { "" } else { "," })?;
            }
            writeln!(out, "]")
        })
    }

    fn write(
        &self,
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        fill(&mut out)?;
        out.flush()
    }
}
