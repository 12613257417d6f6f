//! Fargate profiles from the EKS API: ListFargateProfiles, then DescribeFargateProfile for each name.
//!
//! Nothing that goes wrong here ends the command: what could not be read is said, with the IAM action that is missing, and the
//! answer goes on with what the cluster itself shows.

mod convert;

use aws_sdk_eks::Client;
use futures::StreamExt as _;

use crate::decision::facts::{
    FargateProfile, ProfileKnowledge, ProfileOrigin, Profiles, SourceNote, SourceStatus,
};
use crate::sources::aws::{Action, Connection, EksTarget, Trouble, connect, is_gone};
use crate::sources::kubeconfig::Patience;

/// The `what` of the report's source.
const WHAT: &str = "fargateprofiles";
/// How many profiles are described at once.
const AT_ONCE: usize = 8;
/// The longest list that is read, in pages of 100 names. A cluster has ten profiles unless AWS allows it more.
const MOST_PAGES: usize = 50;

/// What the EKS API gave.
#[derive(Debug)]
pub struct EksRead {
    /// The profiles, and how far they can be trusted.
    pub profiles: Profiles,
    /// How the read went.
    pub note: SourceNote,
    /// The region that was asked, where that became known only now.
    pub region: Option<String>,
    /// The connection that the profiles came by, for whatever else is to be asked; `None` where they could not be read.
    pub connection: Option<Connection>,
}

/// Reads the profiles of the cluster.
pub async fn read(target: &EksTarget, patience: Patience) -> EksRead {
    let name = match target.name() {
        Ok(name) => name,
        Err(trouble) => return unread(trouble, None),
    };
    let aws = match connect(target, patience).await {
        Ok(aws) => aws,
        Err(trouble) => return unread(trouble, target.region.clone()),
    };
    let region = Some(aws.region.clone());
    let words = Action {
        cluster: name,
        region: &aws.region,
        role: target.role.as_deref(),
    };
    let (names, broke_off) = list(&aws.client, &words).await;
    let knowledge = match (&broke_off, names.is_empty()) {
        (None, _) => ProfileKnowledge::Complete,
        (Some(_), false) => ProfileKnowledge::Partial,
        (Some(_), true) => ProfileKnowledge::Unread,
    };
    let (list, unseen) = describe(&aws.client, &words, names).await;
    if let Some(owner) = list.iter().find_map(|profile| target.is_foreign(profile)) {
        return unread(Trouble::foreign(name, &owner), region);
    }
    let mut profiles = Profiles::new(list, knowledge);
    let count = u64::try_from(profiles.list.len()).ok();
    let note = match broke_off.or(unseen) {
        None => SourceNote {
            what: WHAT.to_owned(),
            namespace: None,
            status: SourceStatus::Read,
            count,
            detail: None,
        },
        Some(trouble) => {
            let mut note = trouble.note(WHAT);
            note.count = count.filter(|count| *count > 0);
            if knowledge == ProfileKnowledge::Partial {
                note.status = SourceStatus::Partial;
            }
            profiles.problem = Some(trouble.problem);
            profiles.remedy = Some(trouble.remedy);
            note
        }
    };
    EksRead {
        profiles,
        note,
        region,
        connection: Some(aws),
    }
}

/// The names of the cluster's profiles alone, as far as they can be had.
pub async fn names(target: &EksTarget, patience: Patience) -> Vec<String> {
    let Ok(cluster) = target.name() else {
        return Vec::new();
    };
    let Ok(aws) = connect(target, patience).await else {
        return Vec::new();
    };
    let words = Action {
        cluster,
        region: &aws.region,
        role: target.role.as_deref(),
    };
    list(&aws.client, &words).await.0
}

fn unread(trouble: Trouble, region: Option<String>) -> EksRead {
    let note = trouble.note(WHAT);
    EksRead {
        profiles: Profiles {
            problem: Some(trouble.problem),
            remedy: Some(trouble.remedy),
            ..Profiles::default()
        },
        note,
        region,
        connection: None,
    }
}

/// All names, each once, page by page, and what broke the list off.
async fn list(client: &Client, words: &Action<'_>) -> (Vec<String>, Option<Trouble>) {
    let mut names: Vec<String> = Vec::new();
    let mut pages: Vec<String> = Vec::new();
    loop {
        let page = client
            .list_fargate_profiles()
            .cluster_name(words.cluster)
            .set_next_token(pages.last().cloned())
            .send()
            .await;
        let next = match page {
            // No list is not an empty one.
            Ok(page) if page.fargate_profile_names.is_none() => {
                return (names, Some(words.listing_nothing()));
            }
            Ok(page) => {
                for name in page.fargate_profile_names() {
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
                page.next_token()
                    .filter(|token| !token.is_empty())
                    .map(str::to_owned)
            }
            Err(error) => return (names, Some(words.listing(&error))),
        };
        match next {
            None => return (names, None),
            Some(next) if pages.contains(&next) || pages.len() + 1 >= MOST_PAGES => {
                return (names, Some(words.endless()));
            }
            Some(next) => pages.push(next),
        }
    }
}

/// Each profile; those that cannot be described keep their name alone. The second value says why.
async fn describe(
    client: &Client,
    words: &Action<'_>,
    names: Vec<String>,
) -> (Vec<FargateProfile>, Option<Trouble>) {
    let described: Vec<_> = futures::stream::iter(names)
        .map(|name| async move {
            let answer = client
                .describe_fargate_profile()
                .cluster_name(words.cluster)
                .fargate_profile_name(&name)
                .send()
                .await;
            (name, answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut profiles = Vec::new();
    let mut first_trouble = None;
    for (name, answer) in described {
        match answer {
            Ok(answer) => {
                let profile = match answer.fargate_profile() {
                    Some(profile)
                        if profile
                            .fargate_profile_name()
                            .is_some_and(|other| other != name) =>
                    {
                        FargateProfile::named(&name, ProfileOrigin::EksApi)
                    }
                    Some(profile) => convert::profile(&name, profile),
                    None => FargateProfile::named(&name, ProfileOrigin::EksApi),
                };
                if profile.selectors.is_none() {
                    first_trouble.get_or_insert_with(|| words.telling_nothing(&name));
                }
                profiles.push(profile);
            }
            // Deleted between the two questions.
            Err(error) if is_gone(&error) => {}
            Err(error) => {
                first_trouble.get_or_insert_with(|| words.describing(&error));
                profiles.push(FargateProfile::named(name, ProfileOrigin::EksApi));
            }
        }
    }
    (profiles, first_trouble)
}
