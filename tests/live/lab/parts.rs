//! Where the programs that make up the laboratory are.

use std::path::PathBuf;

/// The programs, as `tests/lab/prepare` found or built them.
#[derive(Clone, Debug)]
pub struct Parts {
    pub etcd: PathBuf,
    pub kube_apiserver: PathBuf,
    pub kube_scheduler: PathBuf,
    pub kubectl: PathBuf,
    pub moto_server: PathBuf,
}

impl Parts {
    /// Reads the `LAB_…` variables. Errors: a sentence with every variable that is missing or names no file.
    pub fn from_environment() -> Result<Self, String> {
        let mut missing = Vec::new();
        let mut part = |name: &'static str| {
            let path = std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_file());
            if path.is_none() {
                missing.push(name);
            }
            path.unwrap_or_default()
        };
        let parts = Self {
            etcd: part("LAB_ETCD"),
            kube_apiserver: part("LAB_KUBE_APISERVER"),
            kube_scheduler: part("LAB_KUBE_SCHEDULER"),
            kubectl: part("LAB_KUBECTL"),
            moto_server: part("LAB_MOTO_SERVER"),
        };
        if missing.is_empty() {
            Ok(parts)
        } else {
            Err(format!("{} not given", missing.join(", ")))
        }
    }
}
