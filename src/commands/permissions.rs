//! `permissions`: the least rights that all of this takes, as objects that grant them. No cluster is asked.

use std::io::{self, Write};

use super::output;
use crate::cli::{PermissionsArguments, PermissionsFormat, PermissionsPart};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::permissions::{self as render, PermissionsView};
use crate::report::permissions::policy::AwsScope;
use crate::report::permissions::roles::Reader;
use crate::report::permissions::{self as report, Extent};
use crate::sources::aws::{EksFlags, EksTarget};
use crate::sources::kubeconfig::{Access, EksIdentity, KubeconfigFlags, Patience};

/// Prints the rights and returns the exit code.
///
/// # Errors
/// Wrong usage, a kubeconfig that was named and cannot be used, or an answer that cannot be written. A closed pipe is none.
pub fn run(arguments: &PermissionsArguments) -> Result<u8> {
    let extent = extent(arguments)?;
    let permissions = report::assemble(&extent);
    let view = match arguments.output {
        None => PermissionsView::Page,
        Some(PermissionsFormat::Json) => PermissionsView::Json,
        Some(PermissionsFormat::Yaml) => PermissionsView::Yaml,
    };
    let write = || -> io::Result<()> {
        let style = output::style(arguments.color);
        let mut stdout = io::stdout().lock();
        render::render(&permissions, view, &style, &mut stdout)?;
        stdout.flush()
    };
    output::written(write())?;
    Ok(exit::ANSWERED)
}

fn extent(arguments: &PermissionsArguments) -> Result<Extent> {
    let namespace = arguments
        .namespace
        .clone()
        .filter(|namespace| !namespace.is_empty());
    let readers = readers(arguments)?;
    let has = |part| arguments.parts.contains(&part);
    let is_all = arguments.parts.is_empty();
    let extent = Extent {
        // Whoever names a namespace wants no more than that to be granted.
        cluster_role: has(PermissionsPart::Clusterrole) || (is_all && namespace.is_none()),
        // A reader who is bound in the whole cluster needs no Role beside it.
        role: has(PermissionsPart::Role) || (is_all && (namespace.is_some() || readers.is_empty())),
        iam: has(PermissionsPart::Iam) || is_all,
        fix: arguments.fix,
        namespace,
        readers,
        scope: AwsScope::default(),
    };
    if !extent.readers.is_empty() && !extent.cluster_role && !extent.role {
        let error = "--user, --group and --serviceaccount bind roles, and no role is asked for";
        return Err(Error::new(ErrorKind::Usage, error)
            .next("ask for the clusterrole or the role as well, or leave them out"));
    }
    if extent.fix && !extent.cluster_role && !extent.role {
        let error = "--fix is granted by roles, and no role is asked for";
        return Err(Error::new(ErrorKind::Usage, error)
            .next("ask for the clusterrole or the role as well, or leave out --fix"));
    }
    Ok(Extent {
        scope: match extent.iam {
            true => scope(arguments)?,
            false => AwsScope::default(),
        },
        ..extent
    })
}

fn readers(arguments: &PermissionsArguments) -> Result<Vec<Reader>> {
    let users = arguments.user.iter().cloned().map(Reader::User);
    let groups = arguments.group.iter().cloned().map(Reader::Group);
    let mut readers: Vec<Reader> = users.chain(groups).collect();
    for account in &arguments.serviceaccount {
        let parts = account.split_once(':');
        let Some((namespace, name)) =
            parts.filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
        else {
            let error = format!("service account {account:?} is not named with its namespace");
            return Err(Error::new(ErrorKind::Usage, error)
                .next("write it as NAMESPACE:NAME, for example ci:checks"));
        };
        readers.push(Reader::ServiceAccount {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        });
    }
    readers.sort();
    readers.dedup();
    Ok(readers)
}

/// Which cluster the policy is for: by flags, else by the kubeconfig, from which nothing but names is taken.
fn scope(arguments: &PermissionsArguments) -> Result<AwsScope> {
    let flags = KubeconfigFlags {
        kubeconfig: arguments.kubeconfig.clone(),
        context: arguments.context.clone(),
        ..KubeconfigFlags::default()
    };
    let is_named = flags != KubeconfigFlags::default();
    let (identity, context) = match Access::load(&flags, Patience::default()) {
        Ok(access) => (access.identity, access.context),
        Err(error) if is_named => return Err(error),
        // The policy is then for any cluster.
        Err(_) => (EksIdentity::default(), String::new()),
    };
    let given = |flag: &Option<String>| flag.clone().filter(|value| !value.is_empty());
    let eks = EksFlags {
        cluster_name: given(&arguments.cluster_name),
        region: given(&arguments.region),
        aws_profile: None,
    };
    // The region of the environment is that of whoever grants the rights, not of the cluster.
    let target = EksTarget::resolve(&identity, &context, &eks, |_| None);
    Ok(AwsScope {
        cluster: target.cluster_name,
        region: target.region,
        account: given(&arguments.account).or(target.account),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(arguments: &PermissionsArguments) -> (bool, bool, bool) {
        let extent = extent(arguments).expect("it can be meant");
        (extent.cluster_role, extent.role, extent.iam)
    }

    #[test]
    fn no_more_is_printed_than_is_meant() {
        let arguments = || PermissionsArguments {
            cluster_name: Some("prod".to_owned()),
            ..PermissionsArguments::default()
        };
        assert_eq!(parts(&arguments()), (true, true, true));
        let of_shop = PermissionsArguments {
            namespace: Some("shop".to_owned()),
            ..arguments()
        };
        assert_eq!(parts(&of_shop), (false, true, true));
        let to_alice = PermissionsArguments {
            user: vec!["alice".to_owned()],
            ..arguments()
        };
        assert_eq!(parts(&to_alice), (true, false, true));
        let to_alice_in_shop = PermissionsArguments {
            namespace: Some("shop".to_owned()),
            ..to_alice.clone()
        };
        assert_eq!(parts(&to_alice_in_shop), (false, true, true));
        let policy_for_alice = PermissionsArguments {
            parts: vec![PermissionsPart::Iam],
            ..to_alice
        };
        assert_eq!(
            extent(&policy_for_alice).map_err(|error| error.kind),
            Err(ErrorKind::Usage)
        );
    }

    #[test]
    fn readers_are_named_whole_and_bound_once() {
        let arguments = |account: &str| PermissionsArguments {
            group: vec!["a".to_owned(), "a".to_owned()],
            serviceaccount: vec![account.to_owned()],
            ..PermissionsArguments::default()
        };
        let found = readers(&arguments("ci:checks")).expect("a service account");
        assert_eq!(found.len(), 2, "{found:?}");
        for wrong in ["checks", ":checks", "ci:"] {
            let error = readers(&arguments(wrong)).expect_err("no service account");
            assert_eq!(error.kind, ErrorKind::Usage, "{wrong}");
        }
    }
}
