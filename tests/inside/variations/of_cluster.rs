//! The changes that are tried on what is around a pod.

use jiff::SignedDuration;

use crate::decision::facts::pod::{
    COMPUTE_TYPE_ANNOTATION, Condition, FARGATE_SCHEDULER, PROFILE_LABEL,
};
use crate::decision::facts::workload::ClaimTemplate;
use crate::decision::facts::{
    ClusterSnapshot, Coverage, Kind, Pod, PodPhase, ProfileKnowledge, ProfileStatus, Scope, Uid,
    Workload,
};
use crate::decision::placement::case::GRACE_SECONDS;

pub(super) type OfCluster = fn(&mut ClusterSnapshot, usize);

pub(super) const OF_CLUSTER: &[(&str, OfCluster)] = &[
    ("no events", |all, _| all.events.clear()),
    ("events without uids", |all, _| {
        for event in all.events.values_mut().flatten() {
            event.about_uid = Uid::default();
        }
    }),
    ("events of others", |all, _| {
        for event in all.events.values_mut().flatten() {
            event.about_uid = "another".into();
        }
    }),
    ("events of one moment", |all, _| {
        let now = all.taken_at;
        for event in all.events.values_mut().flatten() {
            event.last_seen = Some(now);
        }
    }),
    ("events without reporters", |all, _| {
        for event in all.events.values_mut().flatten() {
            event.reporter.clear();
        }
    }),
    ("claimed by the first profile", |all, pod| {
        if let Some(profile) = all.profiles.list.first() {
            let name = profile.name.clone();
            claim(&mut all.pods[pod], name);
        }
    }),
    ("claimed by the last profile", |all, pod| {
        if let Some(profile) = all.profiles.list.last() {
            let name = profile.name.clone();
            claim(&mut all.pods[pod], name);
        }
    }),
    ("profiles unread", |all, _| {
        all.profiles.list.clear();
        all.profiles.knowledge = ProfileKnowledge::Unread;
    }),
    ("profiles read in part", |all, _| {
        all.profiles.knowledge = ProfileKnowledge::Partial;
    }),
    ("no profiles", |all, _| {
        all.profiles.list.clear();
        all.profiles.knowledge = ProfileKnowledge::Complete;
    }),
    ("profiles from the API", |all, _| {
        all.profiles.knowledge = ProfileKnowledge::Complete;
    }),
    ("selectors unknown", |all, _| {
        for profile in &mut all.profiles.list {
            profile.selectors = None;
        }
    }),
    ("an earlier rival without selectors", |all, _| {
        rival(all, "0", false)
    }),
    ("a later rival without selectors", |all, _| {
        rival(all, "zz", false)
    }),
    ("an earlier rival", |all, _| rival(all, "0", true)),
    ("a later rival", |all, _| rival(all, "zz", true)),
    ("names unknown", |all, _| {
        for profile in &mut all.profiles.list {
            profile.name_is_known = false;
        }
    }),
    ("profiles CREATING", |all, _| {
        set_status(all, ProfileStatus::Creating)
    }),
    ("profiles DELETING", |all, _| {
        set_status(all, ProfileStatus::Deleting)
    }),
    ("profiles DELETE_FAILED", |all, _| {
        set_status(all, ProfileStatus::DeleteFailed)
    }),
    ("profiles as old as the pod", |all, pod| {
        profiles_at(all, pod, 0)
    }),
    ("profiles a second younger", |all, pod| {
        profiles_at(all, pod, 1)
    }),
    ("profiles older by what may be", |all, pod| {
        profiles_at(all, pod, -GRACE_SECONDS)
    }),
    ("profiles older by a second more", |all, pod| {
        profiles_at(all, pod, -GRACE_SECONDS - 1)
    }),
    ("profiles much younger", |all, pod| {
        profiles_at(all, pod, 86_400)
    }),
    ("profiles without creation times", |all, _| {
        for profile in &mut all.profiles.list {
            profile.created_at = None;
        }
    }),
    ("webhooks as old as the pod", |all, pod| {
        webhooks_at(all, pod, 0)
    }),
    ("webhooks a second younger", |all, pod| {
        webhooks_at(all, pod, 1)
    }),
    ("webhooks gone", |all, _| {
        all.webhooks.clear();
        all.coverage
            .mark_read(Kind::MutatingWebhookConfiguration, Scope::Cluster);
    }),
    ("nodes unread", |all, _| all.nodes.clear()),
    ("nodes tainted only", |all, _| {
        for node in all.nodes.values_mut() {
            node.labels = Default::default();
        }
    }),
    ("nodes without taints", |all, _| {
        for node in all.nodes.values_mut() {
            node.taints.clear();
        }
    }),
    ("workloads gone", |all, _| all.workloads.clear()),
    ("workloads without owners", |all, _| {
        for workload in all.workloads.values_mut() {
            workload.owners.clear();
        }
    }),
    ("nothing known to be read", |all, _| {
        all.coverage = Coverage::default()
    }),
    ("everything read", |all, _| {
        for kind in Kind::ALL {
            all.coverage.mark_read(kind, Scope::Cluster);
        }
    }),
    ("claims and volumes gone", |all, _| {
        all.claims.clear();
        all.volumes.clear();
    }),
    ("makers paused", |all, _| {
        each_workload(all, |maker| maker.paused = true);
    }),
    ("makers that update on delete", |all, _| {
        each_workload(all, |maker| maker.updates_on_delete = true);
    }),
    ("makers with claim templates", |all, _| {
        each_workload(all, |maker| {
            maker.claim_templates = vec![ClaimTemplate {
                name: "data".to_owned(),
                storage_class: None,
            }]
        });
    }),
    ("makers without replicas", |all, _| {
        each_workload(all, |maker| maker.replicas = None);
    }),
    ("makers of one pod", |all, _| {
        each_workload(all, |maker| maker.replicas = Some(1));
    }),
    ("makers of nine pods", |all, _| {
        each_workload(all, |maker| maker.replicas = Some(9));
    }),
    ("makers that clean up", |all, _| {
        each_workload(all, |maker| maker.ttl_seconds_after_finished = Some(60));
    }),
    ("makers that fail", |all, _| {
        each_workload(all, |maker| {
            for kind in ["ReplicaFailure", "Failed", "Available"] {
                maker.conditions.push(Condition {
                    kind: kind.to_owned(),
                    status: "True".to_owned(),
                    reason: "FailedCreate".to_owned(),
                    message: "pods are forbidden".to_owned(),
                    since: None,
                });
            }
        });
    }),
    ("budgets not yet counted", |all, _| {
        for budget in all.budgets.values_mut() {
            budget.expected_pods = None;
        }
    }),
    ("budgets not counted and makers of nine pods", |all, _| {
        for budget in all.budgets.values_mut() {
            budget.expected_pods = None;
        }
        each_workload(all, |maker| maker.replicas = Some(9));
    }),
    ("budgets of no pods", |all, _| {
        for budget in all.budgets.values_mut() {
            budget.expected_pods = Some(0);
        }
    }),
    ("budgets doubled", |all, _| {
        for (key, budget) in all.budgets.clone() {
            for name in ["second", "third"] {
                let mut other = budget.clone();
                other.name = name.to_owned();
                all.budgets.insert((key.0.clone(), name.to_owned()), other);
            }
        }
    }),
    ("services doubled", |all, _| {
        for (key, service) in all.services.clone() {
            for name in ["second", "third"] {
                let mut other = service.clone();
                other.name = name.to_owned();
                all.services.insert((key.0.clone(), name.to_owned()), other);
            }
        }
    }),
    ("a server of version 1.20", |all, _| {
        all.server_version = Some("v1.20.4-eks-0".to_owned());
    }),
    ("a server of version 1.34", |all, _| {
        all.server_version = Some("v1.34.1-eks-0".to_owned());
    }),
    ("logging settings as long as may be", |all, _| {
        if let Some(logging) = &mut all.aws_logging {
            logging.characters = 5300;
        }
    }),
    ("logging settings that are too long", |all, _| {
        if let Some(logging) = &mut all.aws_logging {
            logging.characters = 5301;
        }
    }),
    ("no service accounts", |all, _| all.service_accounts.clear()),
    ("service accounts without roles", |all, _| {
        for account in all.service_accounts.values_mut() {
            account.role_arn = None;
        }
    }),
    ("the pods of others gone", |all, pod| {
        let (namespace, name) = (all.pods[pod].namespace.clone(), all.pods[pod].name.clone());
        for other in &mut all.pods {
            if (&other.namespace, &other.name) != (&namespace, &name) {
                other.labels = Default::default();
                other.phase = PodPhase::Succeeded;
            }
        }
    }),
    ("the pods of others terminating", |all, pod| {
        let (now, name) = (all.taken_at, all.pods[pod].name.clone());
        for other in &mut all.pods {
            if other.name != name {
                other.deleted_at = Some(Box::new(now));
            }
        }
    }),
    ("profiles CREATE_FAILED", |all, _| {
        set_status(all, ProfileStatus::CreateFailed)
    }),
    ("nothing from AWS", |all, _| all.aws = Default::default()),
    ("labels of templates gone", |all, _| {
        for workload in all.workloads.values_mut() {
            workload.template.labels = Default::default();
        }
    }),
    ("labels of templates on the pod", |all, pod| {
        let labels = all.pods[pod].labels.clone();
        for workload in all.workloads.values_mut() {
            workload.template.labels.extend(&labels);
        }
    }),
    ("templates opted out", |all, _| {
        for workload in all.workloads.values_mut() {
            workload
                .template
                .annotations
                .insert(COMPUTE_TYPE_ANNOTATION.to_owned(), "ec2".to_owned());
        }
    }),
];

fn each_workload(all: &mut ClusterSnapshot, change: impl Fn(&mut Workload)) {
    for workload in all.workloads.values_mut() {
        change(workload);
    }
}

fn claim(pod: &mut Pod, profile: String) {
    pod.labels.insert(PROFILE_LABEL.to_owned(), profile);
    pod.spec.scheduler_name = Some(FARGATE_SCHEDULER.to_owned());
}

/// Adds a profile like the first one that is there, under another name.
fn rival(all: &mut ClusterSnapshot, name: &str, shows_selectors: bool) {
    let list = &mut all.profiles.list;
    if let Some(mut profile) = list.first().cloned() {
        profile.name = name.to_owned();
        if !shows_selectors {
            profile.selectors = None;
        }
        list.push(profile);
        list.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

fn set_status(all: &mut ClusterSnapshot, status: ProfileStatus) {
    for profile in &mut all.profiles.list {
        profile.status = Some(status.clone());
    }
}

/// Makes all profiles so many seconds younger than the pod.
fn profiles_at(all: &mut ClusterSnapshot, pod: usize, seconds: i64) {
    let created = all.pods[pod].created_at;
    for profile in &mut all.profiles.list {
        profile.created_at = created.map(|created| created + SignedDuration::from_secs(seconds));
    }
}

fn webhooks_at(all: &mut ClusterSnapshot, pod: usize, seconds: i64) {
    let created = all.pods[pod].created_at;
    for webhook in &mut all.webhooks {
        webhook.created_at = created.map(|created| created + SignedDuration::from_secs(seconds));
    }
}
