//! The laboratory: real servers on loopback, users with more and fewer rights, and our binary run against them.

pub mod api;
pub mod audit;
pub mod certificates;
pub mod eks_stub;
pub mod invocation;
pub mod kubeconfig;
pub mod moto;
pub mod objects;
pub mod parts;
pub mod process;
pub mod proxy;
pub mod server;
pub mod users;

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use audit::Request;
use invocation::Invocation;
use kubeconfig::Kubeconfig;
use moto::Moto;
use parts::Parts;
use process::{Keeper, Running, answers, free_port};
use serde_json::{Value, json};
use server::{ApiServer, Credentials};
use users::User;

/// Everything that a live test may need. Dropping it stops the servers and removes what they wrote.
pub struct Lab {
    parts: Parts,
    credentials: Credentials,
    cluster: ApiServer,
    stage: OnceLock<Result<Mutex<ApiServer>, String>>,
    strict: OnceLock<Result<Mutex<ApiServer>, String>>,
    moto: Moto,
    etcd_port: u16,
    next_name: AtomicU32,
    _running: Vec<Running>,
    keeper: Keeper,
}

impl Lab {
    /// Starts etcd, kube-apiserver, kube-scheduler and the EKS API, and waits until all of them answer.
    pub fn start(parts: &Parts) -> Result<Self, String> {
        let keeper = Keeper::start()?;
        let credentials = Credentials::make(keeper.folder())?;
        let etcd_port = free_port();
        let (etcd, client_url, peer_url) = (
            parts.etcd.as_path(),
            format!("http://127.0.0.1:{etcd_port}"),
            format!("http://127.0.0.1:{}", free_port()),
        );
        let etcd = keeper.spawn(
            "etcd",
            etcd,
            [
                format!("--data-dir={}", keeper.folder().join("etcd").display()),
                format!("--listen-client-urls={client_url}"),
                format!("--advertise-client-urls={client_url}"),
                format!("--listen-peer-urls={peer_url}"),
                format!("--initial-advertise-peer-urls={peer_url}"),
                format!("--initial-cluster=default={peer_url}"),
                "--unsafe-no-fsync".to_owned(),
                "--log-level=warn".to_owned(),
            ],
        )?;
        let moto = Moto::start(&keeper, &parts.moto_server)?;
        etcd.wait_until(|| answers(etcd_port))?;

        let cluster = ApiServer::start(&keeper, parts, &credentials, etcd_port, "cluster", &[])?;
        users::grant_rights(cluster.api());
        // EKS has it in every cluster with a profile; without it no pod would go to Fargate.
        cluster.api().create(&objects::webhook());
        let scheduler = cluster.start_scheduler(&keeper, parts)?;
        moto.wait()?;
        Ok(Self {
            parts: parts.clone(),
            credentials,
            cluster,
            stage: OnceLock::new(),
            strict: OnceLock::new(),
            moto,
            etcd_port,
            next_name: AtomicU32::new(0),
            _running: vec![etcd, scheduler],
            keeper,
        })
    }

    /// The cluster that all tests share: what it holds is separated by namespaces, so mind the names of nodes.
    pub fn cluster(&self) -> &ApiServer {
        &self.cluster
    }

    /// A cluster that one test at a time has to itself, without a scheduler and without admission that would change what
    /// is loaded into it. Whoever takes it leaves it empty.
    pub fn stage(&self) -> MutexGuard<'_, ApiServer> {
        let stage = self.stage.get_or_init(|| {
            ApiServer::start(
                &self.keeper,
                &self.parts,
                &self.credentials,
                self.etcd_port,
                "stage",
                server::ADMISSION_THAT_CHANGES_OBJECTS,
            )
            .map(Mutex::new)
        });
        let stage = stage
            .as_ref()
            .unwrap_or_else(|error| panic!("the stage did not start: {error}"));
        locked(stage)
    }

    /// A cluster for the tests of rights, one at a time: nobody else counts what is asked of it, or defines kinds.
    pub fn strict(&self) -> MutexGuard<'_, ApiServer> {
        let strict = self.strict.get_or_init(|| {
            ApiServer::start(
                &self.keeper,
                &self.parts,
                &self.credentials,
                self.etcd_port,
                "strict",
                server::ADMISSION_THAT_CHANGES_OBJECTS,
            )
            .map(Mutex::new)
        });
        let strict = strict
            .as_ref()
            .unwrap_or_else(|error| panic!("the strict cluster did not start: {error}"));
        locked(strict)
    }

    /// Every request of this run that our own program sent to any API server.
    pub fn our_requests(&self) -> Vec<Request> {
        let mut requests = self.cluster.audit().requests();
        for server in [&self.stage, &self.strict] {
            if let Some(Ok(server)) = server.get() {
                requests.extend(locked(server).audit().requests());
            }
        }
        requests.retain(Request::is_ours);
        requests
    }

    /// The EKS API (moto).
    pub fn moto(&self) -> &Moto {
        &self.moto
    }

    /// The Python that has what the EKS API is made of, botocore among it.
    pub fn moto_python(&self) -> PathBuf {
        self.parts.moto_server.with_file_name("python")
    }

    /// Returns a name that no other test uses, for namespaces, nodes and EKS clusters.
    pub fn unique(&self, prefix: &str) -> String {
        format!(
            "{prefix}-{}",
            self.next_name.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// Makes a namespace of its own for a test and returns its name.
    pub fn namespace(&self, prefix: &str) -> String {
        let name = self.unique(prefix);
        self.cluster.api().create(&objects::namespace(&name));
        name
    }

    /// Makes an empty folder that is removed after the run.
    pub fn scratch(&self, prefix: &str) -> PathBuf {
        let folder = self.keeper.folder().join(self.unique(prefix));
        std::fs::create_dir(&folder).expect("names are unique and the folder of the run is ours");
        folder
    }

    /// Writes profiles to a file, one `DescribeFargateProfile` answer after the other (`[]` for none), and returns its path:
    /// what `--profiles` takes.
    pub fn profiles_file(&self, profiles: &[Value]) -> String {
        let described = profiles
            .iter()
            .map(|profile| json!({"fargateProfile": profile}).to_string());
        let text = if profiles.is_empty() {
            "[]".to_owned()
        } else {
            described.collect::<Vec<_>>().join("\n")
        };
        let file = self.scratch("profiles").join("profiles.json");
        std::fs::write(&file, text).expect("the folder of the run is ours");
        file.to_str()
            .expect("temporary folders have plain names")
            .to_owned()
    }

    /// A kubeconfig for the shared cluster, as a user with a token; the methods of [`Kubeconfig`] change its shape.
    pub fn kubeconfig(&self, user: User) -> Kubeconfig {
        Kubeconfig::new(
            self.cluster.url(),
            &self.credentials.authority.certificate,
            user,
        )
    }

    /// The authority that signs users' certificates for every API server of the laboratory.
    pub fn authority(&self) -> &certificates::Authority {
        &self.credentials.authority
    }

    /// Our binary, run as people run it: `kubectl fargate …`, with nothing of this machine's own configuration in reach.
    pub fn kubectl_fargate(&self, kubeconfig: &Kubeconfig) -> Invocation {
        self.invocation(Some(&self.parts.kubectl), kubeconfig)
    }

    /// Our binary, run by its own name.
    pub fn kubectl_dash_fargate(&self, kubeconfig: &Kubeconfig) -> Invocation {
        self.invocation(None, kubeconfig)
    }

    /// The real kubectl itself, to compare with.
    pub fn kubectl(&self, kubeconfig: &Kubeconfig) -> Invocation {
        self.invocation(None, kubeconfig)
            .program(&self.parts.kubectl)
    }

    fn invocation(&self, kubectl: Option<&Path>, kubeconfig: &Kubeconfig) -> Invocation {
        let home = self.scratch("home");
        let file = home.join("kubeconfig.yaml");
        kubeconfig.write_to(&file);
        Invocation::new(home, kubectl)
            .env("KUBECONFIG", &file)
            .env("AWS_ENDPOINT_URL", self.moto.url())
    }
}

/// A server for whoever has it to itself, also after a test that had it has failed.
fn locked(server: &Mutex<ApiServer>) -> MutexGuard<'_, ApiServer> {
    server
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
