//! The rights as Markdown: what docs/permissions.md holds. Made from the same table as everything else here.

use std::fmt::Write as _;

use super::manifest;
use super::words::{GRANTING, Lost, Named, lost, lost_of_aws};
use crate::render::json;
use crate::report::permissions::rights::{DISCOVERY, RIGHTS, RIGHTS_OF_FIX};
use crate::report::permissions::roles::{Manifest, NAME_OF_FIX, cluster_role};
use crate::report::permissions::{Extent, assemble};

const HEAD: &str = "\
# Permissions

All that `kubectl fargate` reads, and nothing else: `get` and `list`, never a Secret, nothing that stands for all (`*`). Nothing is
written but by [`explain --fix`](#explain---fix), whose rights are granted apart. `kubectl fargate permissions` prints this page in short, with the roles and the policy below. What may not be read is said
in the answer (`sources` of `-o json`), with what is lost by it; where that could change the answer, the answer is *undecided*.
";

const FORMS: &str = "\
`-o yaml` prints one document for each object. The policy is no object of Kubernetes, so it comes last, in a `v1` List without
items: `kubectl apply` takes nothing from it, and a parser finds it under `iamPolicy`, beside `rights`, which says what each right
is for. `-o json` prints the same as one `v1` List with the objects as its items, which `kubectl apply` takes as well. `clusterrole`,
`role` and `iam` choose parts; the policy alone (`iam`) is printed bare, as `aws iam` takes it. With `-n` only the Role is
printed, and with `--user`, `--group` or `--serviceaccount` only the role that is bound.
";

const FIX: &str = "\
\n## explain --fix\n
`explain --fix` changes something after it was asked and told yes, with the rights of whoever asks. Trying a change out (`dryRun`)
takes the same right as making it. `kubectl fargate permissions --fix` prints these beside the others, as a role of its own, so that
who may read need not be who may fix:\n
";

/// Returns the page.
pub fn document() -> String {
    let permissions = assemble(&Extent {
        cluster_role: true,
        role: true,
        iam: true,
        ..Extent::default()
    });
    let mut text = HEAD.to_owned();
    text.push_str("\n## Kubernetes\n\n");
    table(&mut text, "read", &lost(RIGHTS));
    text.push_str(
        "\nKubernetes itself lets everybody who is signed in ask these (cluster roles `system:discovery` and \
         `system:public-info-viewer`), so no role repeats them:\n\n| asked | without it |\n|---|---|\n",
    );
    for (path, without) in DISCOVERY {
        let _ = writeln!(text, "| `GET {path}` | {without} |");
    }
    text.push_str("\n### What a Role of one namespace cannot give\n\n");
    let beyond = RIGHTS.iter().filter(|right| !right.is_of(None));
    table(&mut text, "not read", &lost(beyond));
    text.push_str(
        "\nThe rest of the cluster is not seen: pods of a profile that run in other namespaces, for one, which would tell that its \
         network and role work. The Role of `kube-system` has its ConfigMap `aws-auth`, that of `aws-observability` has \
         `aws-logging`.\n",
    );
    text.push_str("\n## AWS\n\n");
    table(&mut text, "IAM action", &lost_of_aws());
    text.push_str(
        "\nThe last four are asked only where a pod that a profile claimed has no node yet, and none of the six with `--profiles`. Signing \
         in to the cluster (`aws eks get-token`) takes no IAM action; where the AWS profile assumes a role, that takes `sts:AssumeRole`.\n",
    );
    text.push_str("\n## Grant it\n");
    for (what_for, commands) in GRANTING {
        let _ = write!(
            text,
            "\n{what_for}\n\n```sh\n{}\n```\n",
            commands.join("\n")
        );
    }
    text.push('\n');
    text.push_str(FORMS);
    for item in &permissions.items {
        if let Manifest::Role(role) = item {
            let _ = write!(
                text,
                "\n## {}\n\n```yaml\n{}```\n",
                role.kind,
                manifest::text(item)
            );
        }
    }
    text.push_str(FIX);
    table(&mut text, "written", &lost(RIGHTS_OF_FIX));
    let of_fix = cluster_role(NAME_OF_FIX, RIGHTS_OF_FIX);
    let _ = write!(
        text,
        "\n```yaml\n{}```\n",
        manifest::text(&Manifest::Role(of_fix))
    );
    if let Some(policy) = &permissions.iam_policy {
        let mut out = Vec::new();
        json::render(policy, &mut out).expect("a Vec takes everything");
        let policy = String::from_utf8_lossy(&out);
        let _ = write!(
            text,
            "\n## IAM policy\n\nWhere the cluster is known, its name, region and account stand in place of `*`. \
             `ec2:DescribeSubnets` and `ec2:DescribeRouteTables` take no resource: IAM wants `*` there, and the region is then a \
             condition.\n\n```json\n{policy}```\n"
        );
    }
    text
}

fn table(text: &mut String, what: &str, all: &[Lost]) {
    let _ = writeln!(text, "| {what} | without it |\n|---|---|");
    for lost in all {
        let names: Vec<String> = lost.names.iter().map(in_code).collect();
        let remark = match (lost.is_required, lost.is_only_if_served) {
            (true, _) => "**needed**: ",
            (_, true) => "of use only where the cluster has them: ",
            _ => "",
        };
        let _ = writeln!(text, "| {} | {remark}{} |", names.join(", "), lost.without);
    }
}

/// The name in code, and behind it how it is read.
fn in_code(named: &Named) -> String {
    match named.verbs.as_str() {
        "" => format!("`{}`", named.name),
        verbs => format!("`{}` ({verbs})", named.name),
    }
}
