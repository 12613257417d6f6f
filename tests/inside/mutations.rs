//! What a scenario says must hang on what is in it: when a field is dropped, two moments are swapped, a label is renamed or a
//! status flips, the answers of the selection and timing families change where they should, and nothing breaks anywhere.
//!
//! A change is tried on every pod of every scenario whose decisive reason is among those that it names; one that finds no
//! pod to be tried on fails, so that none is there for show.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::promises::broken_promises;
use super::{cases, report_on};
use crate::decision::facts::pod::{COMPUTE_TYPE_ANNOTATION, PROFILE_LABEL};
use crate::decision::facts::{
    ClusterSnapshot, Coverage, FargateProfile, Kind, MutatingWebhook, Pattern, Pod, PodPhase,
    ProfileKnowledge, ProfileOrigin, ProfileStatus, Profiles, Selector, Subject, Uid,
};
use crate::decision::finding::Certainty;
use crate::decision::placement::ExpectedKind;
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::placement::expected::FARGATE_WEBHOOK;
use crate::decision::placement::matching::matching_profiles;
use crate::decision::reason::Reason;
use crate::decision::verdict::explain;

/// A change of what was read about a pod; false where there is nothing of that kind to change.
type Change = fn(&mut ClusterSnapshot, usize) -> bool;

/// What must come of a change.
enum Due {
    /// The decisive reason is another one, and the old one is no finding either.
    Ends,
    /// The decisive reason is one of these.
    Becomes(&'static [Reason]),
    /// This is the decisive reason, and as certain as this.
    Is(Reason, Certainty),
    /// There is a finding of this reason.
    Finds(Reason),
    /// There is no finding of this reason.
    Loses(Reason),
    /// Created again, the pod would not go to Fargate.
    NotExpected,
    /// The decisive reason is the same.
    Stays,
}

struct Mutation {
    what: &'static str,
    /// The decisive reasons of the pods that it is tried on.
    of: &'static [Reason],
    change: Change,
    due: Due,
}

/// Pods that match a profile and were not claimed.
const UNCLAIMED: &[Reason] = &[
    Reason::OlderThanProfile,
    Reason::ProfileNotActive,
    Reason::WebhookMissing,
    Reason::WebhookSkipped,
];
/// What a pod without the right labels is told.
const UNMATCHED: &[Reason] = &[
    Reason::LabelMismatch,
    Reason::LabelOnlyOnOwner,
    Reason::ProfileLabelMismatch,
    Reason::WaitingForCapacity,
];
/// What a pod is told whose labels no longer fit the profile that claimed it.
const CLAIM_LOST: &[Reason] = &[Reason::LabelsChangedLater, Reason::ProfileGone];

const MUTATIONS: &[Mutation] = &[
    // Timing: the pod and the profile.
    Mutation {
        what: "the creation of the pod and of its profile are swapped",
        of: &[Reason::OlderThanProfile],
        change: |snapshot, pod| swap_with_profile(snapshot, pod, |gap| gap > GRACE_SECONDS),
        due: Due::Ends,
    },
    Mutation {
        what: "the pod is as old as its profile was young",
        of: &[Reason::OlderThanProfile],
        change: |snapshot, pod| {
            swap_with_profile(snapshot, pod, |gap| (-GRACE_SECONDS..0).contains(&gap))
        },
        due: Due::Is(Reason::OlderThanProfile, Certainty::Certain),
    },
    Mutation {
        what: "the creation of the pod and of its profile are swapped",
        of: &[Reason::WebhookSkipped],
        change: |snapshot, pod| swap_with_profile(snapshot, pod, |gap| gap < 0),
        due: Due::Becomes(&[Reason::OlderThanProfile]),
    },
    Mutation {
        what: "the pod is made in the second in which a profile may first be usable",
        of: &[Reason::OlderThanProfile, Reason::WebhookSkipped],
        change: |snapshot, pod| create_after_profile(snapshot, pod, GRACE_SECONDS),
        due: Due::Is(Reason::OlderThanProfile, Certainty::Likely),
    },
    Mutation {
        what: "the pod is made a second after that",
        of: &[Reason::OlderThanProfile],
        change: |snapshot, pod| create_after_profile(snapshot, pod, GRACE_SECONDS + 1),
        due: Due::Ends,
    },
    Mutation {
        what: "the pod is made in the same second as its profile",
        of: &[Reason::OlderThanProfile, Reason::WebhookSkipped],
        change: |snapshot, pod| create_after_profile(snapshot, pod, 0),
        due: Due::Is(Reason::OlderThanProfile, Certainty::Likely),
    },
    Mutation {
        what: "the pod is made a second before its profile",
        of: &[Reason::OlderThanProfile, Reason::WebhookSkipped],
        change: |snapshot, pod| create_after_profile(snapshot, pod, -1),
        due: Due::Is(Reason::OlderThanProfile, Certainty::Certain),
    },
    Mutation {
        what: "no profile says when it was created",
        of: &[Reason::OlderThanProfile, Reason::WebhookSkipped],
        change: |snapshot, _| {
            let profiles = &mut snapshot.profiles.list;
            profiles.iter_mut().fold(false, |any, profile| {
                profile.created_at.take().is_some() | any
            })
        },
        due: Due::Is(Reason::OlderThanProfile, Certainty::Likely),
    },
    Mutation {
        what: "the pod does not say when it was created",
        of: &[Reason::OlderThanProfile],
        change: |snapshot, pod| snapshot.pods[pod].created_at.take().is_some(),
        due: Due::Ends,
    },
    // Timing: the profile's status.
    Mutation {
        what: "every profile is being created",
        of: &[
            Reason::OlderThanProfile,
            Reason::WebhookMissing,
            Reason::WebhookSkipped,
        ],
        change: |snapshot, _| set_status(snapshot, &ProfileStatus::Creating),
        due: Due::Becomes(&[Reason::ProfileNotActive]),
    },
    Mutation {
        what: "every profile has become ACTIVE",
        of: &[Reason::ProfileNotActive],
        change: |snapshot, _| set_status(snapshot, &ProfileStatus::Active),
        due: Due::Ends,
    },
    Mutation {
        what: "no profile states a status",
        of: &[Reason::ProfileNotActive],
        change: |snapshot, _| {
            let profiles = &mut snapshot.profiles.list;
            profiles
                .iter_mut()
                .fold(false, |any, profile| profile.status.take().is_some() | any)
        },
        due: Due::Ends,
    },
    // Timing: the webhook.
    Mutation {
        what: "the webhook is there, and older than everything",
        of: &[Reason::WebhookMissing],
        change: |snapshot, _| add_webhook(snapshot, Timestamp::UNIX_EPOCH),
        due: Due::Ends,
    },
    Mutation {
        what: "the webhook is there, and younger than the pod",
        of: &[Reason::WebhookMissing],
        change: |snapshot, _| {
            let now = snapshot.taken_at;
            add_webhook(snapshot, now)
        },
        due: Due::Becomes(&[Reason::WebhookSkipped, Reason::OlderThanProfile]),
    },
    Mutation {
        what: "the webhook is gone",
        of: &[Reason::WebhookSkipped, Reason::OlderThanProfile],
        change: |snapshot, _| {
            let there = snapshot.webhooks.len();
            snapshot.webhooks.retain(|webhook| !webhook.is_fargate());
            // Only where that shows that it is absent: the kind has been read.
            snapshot.webhooks.len() < there && has_read_webhooks(snapshot)
        },
        due: Due::Becomes(&[Reason::WebhookMissing]),
    },
    // Timing: the profile that claimed it.
    Mutation {
        what: "the profile that claimed it is being deleted",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| {
            on_claimant(snapshot, pod, |profile, _| {
                profile.status = Some(ProfileStatus::Deleting)
            })
        },
        due: Due::Becomes(&[Reason::ProfileGone]),
    },
    Mutation {
        what: "the profile that claimed it is deleted",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| {
            let name = snapshot.pods[pod].profile_label().map(str::to_owned);
            let there = snapshot.profiles.list.len();
            snapshot
                .profiles
                .list
                .retain(|profile| Some(&profile.name) != name.as_ref());
            snapshot.profiles.list.len() < there
        },
        due: Due::Becomes(&[Reason::ProfileGone]),
    },
    Mutation {
        what: "the profile that claimed it was made anew",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| {
            let now = snapshot.taken_at;
            snapshot.pods[pod]
                .created_at
                .is_some_and(|created| created.as_second() < now.as_second())
                && on_claimant(snapshot, pod, |profile, now| profile.created_at = Some(now))
        },
        due: Due::Finds(Reason::ProfileGone),
    },
    Mutation {
        what: "the profile that claimed it is there after all",
        of: &[Reason::ProfileGone],
        change: |snapshot, pod| {
            let Some(name) = snapshot.pods[pod].profile_label().map(str::to_owned) else {
                return false;
            };
            snapshot
                .profiles
                .list
                .retain(|profile| profile.name != name);
            add_profile(snapshot, pod, &name)
        },
        due: Due::Ends,
    },
    // Selection and timing: labels.
    Mutation {
        what: "a label that its profile asks for is taken off the pod",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| {
            change_selected(snapshot, pod, |_| None) && matches_no_claimant(snapshot, pod)
        },
        due: Due::Becomes(CLAIM_LOST),
    },
    Mutation {
        what: "a label that its profile asks for has another value",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| {
            change_selected(snapshot, pod, |value| Some(format!("{value}-2")))
                && matches_no_claimant(snapshot, pod)
        },
        due: Due::Becomes(CLAIM_LOST),
    },
    Mutation {
        what: "a label that its profile asks for differs in case",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| {
            change_selected(snapshot, pod, |value| Some(value.to_uppercase()))
                && matches_no_claimant(snapshot, pod)
        },
        due: Due::Becomes(CLAIM_LOST),
    },
    Mutation {
        what: "the labels that profiles ask for are taken off the templates and the pod",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| {
            let changed = change_selected(snapshot, pod, |_| None);
            let keys = selected_keys(snapshot);
            for workload in snapshot.workloads.values_mut() {
                workload
                    .template
                    .labels
                    .retain(|key, _| !keys.iter().any(|known| known == key));
            }
            changed && matches_nothing(snapshot, pod)
        },
        due: Due::NotExpected,
    },
    Mutation {
        what: "the label that a claim writes is taken off",
        of: &[Reason::MatchedProfile],
        change: |snapshot, pod| snapshot.pods[pod].labels.remove(PROFILE_LABEL).is_some(),
        due: Due::Ends,
    },
    Mutation {
        what: "a label that a profile asks for is taken off the pod",
        of: UNCLAIMED,
        change: |snapshot, pod| {
            change_selected(snapshot, pod, |_| None) && matches_nothing(snapshot, pod)
        },
        due: Due::Becomes(UNMATCHED),
    },
    Mutation {
        what: "a label that a profile asks for has another value",
        of: UNCLAIMED,
        change: |snapshot, pod| {
            change_selected(snapshot, pod, |value| Some(format!("{value}-2")))
                && matches_nothing(snapshot, pod)
        },
        due: Due::Becomes(UNMATCHED),
    },
    Mutation {
        what: "a label that a profile asks for differs in case",
        of: UNCLAIMED,
        change: |snapshot, pod| {
            change_selected(snapshot, pod, |value| Some(value.to_uppercase()))
                && matches_nothing(snapshot, pod)
        },
        due: Due::Becomes(UNMATCHED),
    },
    Mutation {
        what: "the pod has the labels that a selector of its namespace wants",
        of: &[Reason::LabelMismatch, Reason::LabelOnlyOnOwner],
        change: |snapshot, pod| {
            let namespace = snapshot.pods[pod].namespace.clone();
            let wanted: Option<Vec<(String, String)>> = snapshot
                .profiles
                .list
                .iter()
                .flat_map(|profile| profile.selectors.iter().flatten())
                .find(|selector| selector.namespace.matches(&namespace))
                .map(|selector| {
                    selector
                        .labels
                        .iter()
                        .map(|pair| (fitting(&pair.key), fitting(&pair.value)))
                        .collect()
                });
            snapshot.pods[pod]
                .labels
                .extend(wanted.into_iter().flatten());
            snapshot.pods[pod].profile_label().is_none() && !matches_nothing(snapshot, pod)
        },
        due: Due::Ends,
    },
    Mutation {
        what: "the profiles' selectors ask for no label",
        of: &[Reason::LabelMismatch, Reason::LabelOnlyOnOwner],
        change: |snapshot, _| {
            for_selectors(snapshot, |selector| {
                Selector::new(selector.namespace.as_str(), [] as [(&str, &str); 0])
            })
        },
        due: Due::Ends,
    },
    Mutation {
        what: "the owners' own labels are gone",
        of: &[Reason::LabelOnlyOnOwner],
        change: |snapshot, _| {
            for workload in snapshot.workloads.values_mut() {
                workload.labels = Default::default();
            }
            true
        },
        due: Due::Becomes(&[Reason::LabelMismatch]),
    },
    Mutation {
        what: "the template has the pod's labels",
        of: &[Reason::LabelsChangedLater],
        change: |snapshot, pod| {
            let labels = snapshot.pods[pod].labels.clone();
            for workload in snapshot.workloads.values_mut() {
                workload.template.labels.extend(&labels);
            }
            !snapshot.workloads.is_empty()
                && snapshot.pods[pod].spec.scheduler_name.as_deref() != Some("fargate-scheduler")
        },
        due: Due::Ends,
    },
    Mutation {
        what: "the profiles' selectors ask for no label",
        of: &[Reason::LabelsChangedLater],
        change: |snapshot, pod| {
            snapshot.pods[pod].is_claimed()
                && for_selectors(snapshot, |selector| {
                    Selector::new(selector.namespace.as_str(), [] as [(&str, &str); 0])
                })
        },
        due: Due::Becomes(&[Reason::MatchedProfile]),
    },
    Mutation {
        what: "the label that names a profile is taken off",
        of: &[Reason::ProfileLabelMismatch],
        change: |snapshot, pod| snapshot.pods[pod].labels.remove(PROFILE_LABEL).is_some(),
        due: Due::Ends,
    },
    Mutation {
        what: "the label names a profile that is not there",
        of: UNCLAIMED,
        change: |snapshot, pod| {
            snapshot.pods[pod]
                .labels
                .insert(PROFILE_LABEL.to_owned(), "no-such-profile".to_owned());
            // One whose name is not told may be it.
            !snapshot.pods[pod].is_claimed() && !snapshot.profiles.has_nameless()
        },
        due: Due::Becomes(&[Reason::ProfileLabelMismatch]),
    },
    // Selection: namespaces and profiles.
    Mutation {
        what: "a selector names the pod's namespace",
        of: &[Reason::NamespaceNotSelected],
        change: |snapshot, pod| {
            let namespace = snapshot.pods[pod].namespace.clone();
            for_selectors(snapshot, |_| {
                Selector::new(namespace.as_str(), [] as [(&str, &str); 0])
            })
        },
        due: Due::Ends,
    },
    Mutation {
        what: "a selector covers the pod's namespace by wildcards",
        of: &[Reason::NamespaceNotSelected],
        change: |snapshot, _| {
            for_selectors(snapshot, |_| Selector::new("?*", [] as [(&str, &str); 0]))
        },
        due: Due::Ends,
    },
    Mutation {
        what: "selectors name the pod's namespace in capitals",
        of: &[Reason::NamespaceNotSelected],
        change: |snapshot, pod| {
            let namespace = snapshot.pods[pod].namespace.to_uppercase();
            for_selectors(snapshot, |_| {
                Selector::new(namespace.as_str(), [] as [(&str, &str); 0])
            })
        },
        due: Due::Stays,
    },
    Mutation {
        what: "the selectors name another namespace",
        of: &[
            Reason::LabelMismatch,
            Reason::LabelOnlyOnOwner,
            Reason::OlderThanProfile,
            Reason::WebhookSkipped,
            Reason::WebhookMissing,
            Reason::ProfileNotActive,
        ],
        change: |snapshot, pod| {
            snapshot.pods[pod].profile_label().is_none()
                && for_selectors(snapshot, |selector| Selector {
                    namespace: Pattern::new(format!("{}-not", selector.namespace.as_str())),
                    labels: selector.labels.clone(),
                    gaps: Vec::new(),
                })
                && matches_no_namespace(snapshot, pod)
        },
        due: Due::Becomes(&[Reason::NamespaceNotSelected, Reason::WaitingForCapacity]),
    },
    Mutation {
        what: "there is a profile for the namespace",
        of: &[
            Reason::NoProfiles,
            Reason::NamespaceNotSelected,
            Reason::LabelMismatch,
            Reason::LabelOnlyOnOwner,
        ],
        change: |snapshot, pod| add_profile(snapshot, pod, "a-new-profile"),
        due: Due::Ends,
    },
    Mutation {
        what: "there is one more profile, for another namespace",
        of: &[
            Reason::MatchedProfile,
            Reason::LabelMismatch,
            Reason::LabelOnlyOnOwner,
            Reason::NamespaceNotSelected,
            Reason::OptedOut,
            Reason::OlderThanProfile,
            Reason::ProfileNotActive,
            Reason::ProfileGone,
            Reason::WebhookMissing,
            Reason::WebhookSkipped,
            Reason::LabelsChangedLater,
        ],
        change: |snapshot, pod| {
            add_profile(snapshot, pod, "zz-another");
            let another = snapshot
                .profiles
                .list
                .iter_mut()
                .find(|profile| profile.name == "zz-another");
            if let Some(another) = another {
                another.selectors = Some(vec![Selector::new(
                    "nobodys-namespace",
                    [] as [(&str, &str); 0],
                )]);
            }
            true
        },
        due: Due::Stays,
    },
    Mutation {
        what: "all profiles are deleted",
        of: &[
            Reason::NamespaceNotSelected,
            Reason::LabelMismatch,
            Reason::LabelOnlyOnOwner,
            Reason::OlderThanProfile,
            Reason::WebhookSkipped,
        ],
        change: |snapshot, _| {
            snapshot.profiles.list.clear();
            snapshot.profiles.knowledge = ProfileKnowledge::Complete;
            true
        },
        due: Due::Becomes(&[Reason::NoProfiles, Reason::WaitingForCapacity]),
    },
    Mutation {
        what: "the profiles could not be read",
        of: &[
            Reason::NamespaceNotSelected,
            Reason::LabelMismatch,
            Reason::LabelOnlyOnOwner,
            Reason::NoProfiles,
            Reason::OlderThanProfile,
            Reason::WebhookSkipped,
            Reason::ProfileNotActive,
        ],
        change: |snapshot, pod| {
            snapshot.profiles = Profiles::default();
            !keeps_its_reason_without_profiles(&snapshot.pods[pod])
        },
        due: Due::Is(Reason::ProfilesUnknown, Certainty::Undecided),
    },
    Mutation {
        what: "no profile but the first is ACTIVE",
        of: &[Reason::MatchedProfile, Reason::OlderThanProfile],
        change: |snapshot, pod| {
            let first = first_match(snapshot, pod);
            for profile in &mut snapshot.profiles.list {
                if Some(&profile.name) != first.as_ref() {
                    profile.status = Some(ProfileStatus::Creating);
                }
            }
            first.is_some()
        },
        due: Due::Loses(Reason::SeveralProfilesMatch),
    },
    // Selection: the opt-out.
    Mutation {
        what: "the annotation is taken off",
        of: &[Reason::OptedOut],
        change: |snapshot, pod| {
            for_annotations(snapshot, pod, |annotations| {
                annotations.remove(COMPUTE_TYPE_ANNOTATION)
            })
        },
        due: Due::Ends,
    },
    Mutation {
        what: "the annotation says Fargate",
        of: &[Reason::OptedOut],
        change: |snapshot, pod| {
            for_annotations(snapshot, pod, |annotations| {
                annotations.insert(COMPUTE_TYPE_ANNOTATION.to_owned(), "fargate".to_owned())
            })
        },
        due: Due::Ends,
    },
    Mutation {
        what: "the annotation opts the pod out",
        of: &[
            Reason::OlderThanProfile,
            Reason::WebhookMissing,
            Reason::WebhookSkipped,
            Reason::ProfileNotActive,
        ],
        change: |snapshot, pod| {
            let annotations = &mut snapshot.pods[pod].annotations;
            annotations.insert(COMPUTE_TYPE_ANNOTATION.to_owned(), "ec2".to_owned());
            !snapshot.pods[pod].is_claimed()
        },
        due: Due::Becomes(&[Reason::OptedOut]),
    },
];

#[test]
fn each_change_has_its_effect() {
    let mut wrong = Vec::new();
    let mut tried = vec![0; MUTATIONS.len()];
    for case in cases() {
        let original = &case.gathered.snapshot;
        for (index, pod) in original.pods.iter().enumerate() {
            let reason = explain(original, pod).decisive().reason;
            for (mutation, tried) in MUTATIONS.iter().zip(&mut tried) {
                if !mutation.of.contains(&reason) {
                    continue;
                }
                let mut snapshot = original.clone();
                if !(mutation.change)(&mut snapshot, index) {
                    continue;
                }
                *tried += 1;
                if let Some(flaw) = flaw(&snapshot, index, reason, &mutation.due) {
                    wrong.push(format!(
                        "{}, {} ({reason}), {}: {flaw}",
                        case.name, pod.name, mutation.what
                    ));
                }
            }
        }
    }
    for (mutation, tried) in MUTATIONS.iter().zip(tried) {
        if tried == 0 {
            wrong.push(format!(
                "{:?}, {}: there is no pod to try it on",
                mutation.of, mutation.what
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Takes a field away everywhere.
type Drop = fn(&mut ClusterSnapshot);

/// What may be missing, as where somebody trimmed what they saved.
const DROPS: &[(&str, Drop)] = &[
    ("labels of pods", |all| {
        each_pod(all, |pod| pod.labels = Default::default())
    }),
    ("annotations of pods", |all| {
        each_pod(all, |pod| pod.annotations.clear())
    }),
    ("creation of pods", |all| {
        each_pod(all, |pod| pod.created_at = None)
    }),
    ("owners of pods", |all| {
        each_pod(all, |pod| pod.owners.clear())
    }),
    ("uids of pods", |all| {
        each_pod(all, |pod| pod.uid = Uid::default())
    }),
    ("schedulers of pods", |all| {
        each_pod(all, |pod| pod.spec.scheduler_name = None)
    }),
    ("nodes of pods", |all| {
        each_pod(all, |pod| pod.node_name = None)
    }),
    ("status of pods", |all| {
        each_pod(all, |pod| {
            pod.phase = PodPhase::Unknown;
            pod.status_reason = None;
            pod.status_message = None;
            pod.conditions.clear();
            pod.containers.clear();
        });
    }),
    ("specs of pods", |all| {
        each_pod(all, |pod| pod.spec = Default::default())
    }),
    ("labels of templates", |all| {
        all.workloads
            .values_mut()
            .for_each(|workload| workload.template.labels = Default::default());
    }),
    ("specs of templates", |all| {
        all.workloads
            .values_mut()
            .for_each(|workload| workload.template.spec = Default::default());
    }),
    ("owners of workloads", |all| {
        all.workloads
            .values_mut()
            .for_each(|workload| workload.owners.clear());
    }),
    ("workloads", |all| all.workloads.clear()),
    ("nodes", |all| all.nodes.clear()),
    ("labels of nodes", |all| {
        all.nodes
            .values_mut()
            .for_each(|node| node.labels = Default::default())
    }),
    ("events", |all| all.events.clear()),
    ("claims and volumes", |all| {
        all.claims.clear();
        all.volumes.clear();
    }),
    ("webhooks", |all| all.webhooks.clear()),
    ("creation of webhooks", |all| {
        all.webhooks
            .iter_mut()
            .for_each(|webhook| webhook.created_at = None);
    }),
    ("creation of profiles", |all| {
        each_profile(all, |profile| profile.created_at = None)
    }),
    ("status of profiles", |all| {
        each_profile(all, |profile| profile.status = None)
    }),
    ("a known status", |all| {
        each_profile(all, |profile| {
            profile.status = Some(ProfileStatus::Other("NEW".to_owned()))
        });
    }),
    ("sight of selectors", |all| {
        each_profile(all, |profile| profile.selectors = None)
    }),
    ("selectors", |all| {
        each_profile(all, |profile| profile.selectors = Some(Vec::new()))
    }),
    ("names of profiles", |all| {
        each_profile(all, |profile| profile.name_is_known = false)
    }),
    ("profiles", |all| all.profiles.list.clear()),
    ("knowledge of profiles", |all| {
        all.profiles = Profiles::default()
    }),
    ("knowledge of what was read", |all| {
        all.coverage = Coverage::default()
    }),
    ("a clock that is right", |all| {
        all.taken_at = Timestamp::UNIX_EPOCH
    }),
];

#[test]
fn whatever_is_missing_an_answer_keeps_its_promises() {
    let mut wrong = Vec::new();
    for case in cases() {
        for (what, drop) in DROPS {
            let mut snapshot = case.gathered.snapshot.clone();
            drop(&mut snapshot);
            let report = report_on(&snapshot, &case.gathered.subjects);
            for broken in broken_promises(&report) {
                wrong.push(format!("{}, without {what}: {broken}", case.name));
            }
            let told = report["pods"].as_array().map_or(0, Vec::len);
            let asked = case.gathered.subjects.len();
            // Without its workload a template is nothing that could be told.
            if told != asked && *what != "workloads" {
                wrong.push(format!(
                    "{}, without {what}: {told} of {asked} are told",
                    case.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn each_pod(snapshot: &mut ClusterSnapshot, change: fn(&mut Pod)) {
    snapshot.pods.iter_mut().for_each(change);
}

fn each_profile(snapshot: &mut ClusterSnapshot, change: fn(&mut FargateProfile)) {
    snapshot.profiles.list.iter_mut().for_each(change);
}

/// What is wrong with the answer about a pod after a change; `None` where it is as due.
fn flaw(snapshot: &ClusterSnapshot, pod: usize, before: Reason, due: &Due) -> Option<String> {
    let broken = broken_promises(&report_on(snapshot, &[Subject::Pod(pod)]));
    if !broken.is_empty() {
        return Some(broken.join("; "));
    }
    let verdict = explain(snapshot, &snapshot.pods[pod]);
    let (reason, certainty) = (verdict.decisive().reason, verdict.decisive().certainty);
    let finds = |wanted: Reason| {
        verdict
            .findings
            .iter()
            .any(|finding| finding.reason == wanted)
    };
    let (is_due, wanted) = match due {
        Due::Ends => (!finds(before), format!("anything but {before}")),
        Due::Becomes(wanted) => (wanted.contains(&reason), format!("one of {wanted:?}")),
        Due::Is(wanted, sure) => (
            reason == *wanted && certainty == *sure,
            format!("{wanted}, {sure:?}"),
        ),
        Due::Finds(wanted) => (finds(*wanted), format!("a finding {wanted}")),
        Due::Loses(wanted) => (!finds(*wanted), format!("no finding {wanted}")),
        Due::NotExpected => (
            verdict.case.expected.kind != ExpectedKind::Fargate,
            "not to be expected on Fargate".to_owned(),
        ),
        Due::Stays => (reason == before, before.to_string()),
    };
    (!is_due).then(|| format!("it says {reason}, {certainty:?}; due is {wanted}"))
}

/// Swaps the creation of the pod and of the one ACTIVE profile that matches it, where `fits` holds for the seconds by which
/// the profile was the younger one.
fn swap_with_profile(snapshot: &mut ClusterSnapshot, pod: usize, fits: fn(i64) -> bool) -> bool {
    let Some(created) = snapshot.pods[pod].created_at else {
        return false;
    };
    let Some(profile) = only_match(snapshot, pod) else {
        return false;
    };
    let Some(began) = profile.created_at else {
        return false;
    };
    profile.created_at = Some(created);
    snapshot.pods[pod].created_at = Some(began);
    fits(began.as_second() - created.as_second())
}

/// Creates the pod so many seconds after the creation of its one ACTIVE profile began.
fn create_after_profile(snapshot: &mut ClusterSnapshot, pod: usize, seconds: i64) -> bool {
    let began = only_match(snapshot, pod).and_then(|profile| profile.created_at);
    let created = began.map(|began| began + SignedDuration::from_secs(seconds));
    snapshot.pods[pod].created_at = created;
    created.is_some()
}

/// The one ACTIVE profile that matches the pod; `None` where several do.
fn only_match(snapshot: &mut ClusterSnapshot, pod: usize) -> Option<&mut FargateProfile> {
    let pod = &snapshot.pods[pod];
    let matches = matching_profiles(&snapshot.profiles, &pod.namespace, &pod.labels);
    let names: Vec<String> = matches
        .iter()
        .filter(|found| found.profile.is_active())
        .map(|found| found.profile.name.clone())
        .collect();
    match &names[..] {
        [name] => snapshot
            .profiles
            .list
            .iter_mut()
            .find(|profile| profile.name == *name),
        _ => None,
    }
}

fn first_match(snapshot: &ClusterSnapshot, pod: usize) -> Option<String> {
    let pod = &snapshot.pods[pod];
    let matches = matching_profiles(&snapshot.profiles, &pod.namespace, &pod.labels);
    matches.first().map(|found| found.profile.name.clone())
}

fn matches_nothing(snapshot: &ClusterSnapshot, pod: usize) -> bool {
    first_match(snapshot, pod).is_none()
}

fn matches_no_namespace(snapshot: &ClusterSnapshot, pod: usize) -> bool {
    let namespace = &snapshot.pods[pod].namespace;
    let mut selectors = snapshot
        .profiles
        .list
        .iter()
        .flat_map(|profile| profile.selectors.iter().flatten());
    selectors.all(|selector| !selector.namespace.matches(namespace))
}

/// Whether the profile that claimed the pod is there and no longer matches it.
fn matches_no_claimant(snapshot: &ClusterSnapshot, pod: usize) -> bool {
    let pod = &snapshot.pods[pod];
    let matches = matching_profiles(&snapshot.profiles, &pod.namespace, &pod.labels);
    let claimant = pod
        .profile_label()
        .and_then(|name| snapshot.profiles.find(name));
    claimant.is_some_and(|claimant| {
        matches
            .iter()
            .all(|found| found.profile.name != claimant.name)
    })
}

/// A DaemonSet's, static or opted-out pod goes to no Fargate node, whatever the profiles say.
fn keeps_its_reason_without_profiles(pod: &Pod) -> bool {
    pod.controller()
        .is_some_and(|owner| owner.kind == "DaemonSet")
        || pod.is_static()
        || pod.is_claimed()
        || pod.annotations.contains_key(COMPUTE_TYPE_ANNOTATION)
}

fn has_read_webhooks(snapshot: &ClusterSnapshot) -> bool {
    snapshot
        .coverage
        .is_listed(Kind::MutatingWebhookConfiguration, "")
}

fn on_claimant(
    snapshot: &mut ClusterSnapshot,
    pod: usize,
    change: fn(&mut FargateProfile, Timestamp),
) -> bool {
    let name = snapshot.pods[pod].profile_label().map(str::to_owned);
    let now = snapshot.taken_at;
    let mut profiles = snapshot.profiles.list.iter_mut();
    let claimant = profiles.find(|profile| Some(&profile.name) == name.as_ref());
    claimant.map(|profile| change(profile, now)).is_some()
}

fn set_status(snapshot: &mut ClusterSnapshot, status: &ProfileStatus) -> bool {
    for profile in &mut snapshot.profiles.list {
        profile.status = Some(status.clone());
    }
    !snapshot.profiles.list.is_empty()
}

/// Adds an ACTIVE profile for the pod's namespace, created an hour before the pod.
fn add_profile(snapshot: &mut ClusterSnapshot, pod: usize, name: &str) -> bool {
    let pod = &snapshot.pods[pod];
    let profile = FargateProfile {
        name: name.to_owned(),
        name_is_known: true,
        arn: None,
        cluster_name: None,
        status: Some(ProfileStatus::Active),
        created_at: pod
            .created_at
            .map(|created| created - SignedDuration::from_hours(1)),
        selectors: Some(vec![Selector::new(
            pod.namespace.as_str(),
            [] as [(&str, &str); 0],
        )]),
        pod_execution_role_arn: None,
        subnets: Vec::new(),
        health_issues: Vec::new(),
        gaps: Vec::new(),
        origin: ProfileOrigin::EksApi,
    };
    let list = &mut snapshot.profiles.list;
    list.push(profile);
    list.sort_by(|a, b| a.name.cmp(&b.name));
    true
}

fn add_webhook(snapshot: &mut ClusterSnapshot, created: Timestamp) -> bool {
    snapshot.webhooks.push(MutatingWebhook {
        name: FARGATE_WEBHOOK.to_owned(),
        created_at: Some(created),
        webhooks: vec![FARGATE_WEBHOOK.to_owned()],
    });
    true
}

/// Replaces every selector of every profile; false where there is none.
fn for_selectors(snapshot: &mut ClusterSnapshot, change: impl Fn(&Selector) -> Selector) -> bool {
    let mut any = false;
    for selector in snapshot
        .profiles
        .list
        .iter_mut()
        .flat_map(|profile| profile.selectors.iter_mut().flatten())
    {
        *selector = change(selector);
        any = true;
    }
    any
}

/// Changes the annotations of the pod and of every template; false where the pod's own did not change.
fn for_annotations(
    snapshot: &mut ClusterSnapshot,
    pod: usize,
    change: impl Fn(&mut BTreeMap<String, String>) -> Option<String>,
) -> bool {
    for workload in snapshot.workloads.values_mut() {
        if workload
            .template
            .annotations
            .contains_key(COMPUTE_TYPE_ANNOTATION)
        {
            change(&mut workload.template.annotations);
        }
    }
    change(&mut snapshot.pods[pod].annotations).is_some()
}

/// The literal keys of labels that selectors ask for.
fn selected_keys(snapshot: &ClusterSnapshot) -> Vec<String> {
    let selectors = snapshot
        .profiles
        .list
        .iter()
        .flat_map(|profile| profile.selectors.iter().flatten());
    selectors
        .flat_map(|selector| &selector.labels)
        .map(|pair| pair.key.as_str().to_owned())
        .collect()
}

/// Changes the labels of the pod that selectors ask for: another value, or none. False where it has none of them.
fn change_selected(
    snapshot: &mut ClusterSnapshot,
    pod: usize,
    change: impl Fn(&str) -> Option<String>,
) -> bool {
    let keys = selected_keys(snapshot);
    let labels = &mut snapshot.pods[pod].labels;
    let mut any = false;
    for key in keys {
        if let Some(value) = labels.remove(&key) {
            any = true;
            labels.extend(change(&value).map(|value| (key, value)));
        }
    }
    any
}

/// A text that fits a pattern.
fn fitting(pattern: &Pattern) -> String {
    pattern.as_str().replace(['*', '?'], "x")
}
