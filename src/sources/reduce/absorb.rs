//! What one list gave, put to what others gave.

use std::sync::Arc;

use super::SnapshotBuilder;
use crate::decision::facts::ClusterSnapshot;

impl SnapshotBuilder {
    /// A builder that has collected nothing, for what will be absorbed: what objects of both have in common is held once.
    pub fn beside(&self) -> Self {
        Self {
            interner: Arc::clone(&self.interner),
            ..Self::default()
        }
    }

    /// Adds all objects that another has collected. Of what both have, that of the other is kept.
    pub fn absorb(&mut self, other: Self) {
        let Self {
            snapshot,
            interner: _,
            pods,
            events,
            newest,
            counts,
        } = other;
        self.events.extend(events);
        self.newest = self.newest.max(newest);
        for (kind, count) in counts {
            *self.counts.entry(kind).or_default() += count;
        }
        // What does not come as objects is not the business of lists.
        let ClusterSnapshot {
            taken_at: _,
            cluster: _,
            kubectl_flags: _,
            pods: found_pods,
            nodes,
            namespaces,
            workloads,
            events,
            claims,
            volumes,
            storage_classes,
            webhooks,
            budgets,
            services,
            service_accounts,
            security_group_policies,
            vertical_autoscalers,
            aws_auth,
            aws_logging,
            server_version: _,
            aws: _,
            profiles: _,
            coverage: _,
            sources: _,
        } = snapshot;
        let ours = &mut self.snapshot;
        if ours.pods.is_empty() {
            ours.pods = found_pods;
            self.pods = pods;
        } else {
            for pod in found_pods {
                self.pods.put(&mut ours.pods, pod);
            }
        }
        ours.nodes.extend(nodes);
        ours.namespaces.extend(namespaces);
        ours.workloads.extend(workloads);
        // What a list tells about an object is all that there is.
        ours.events.extend(events);
        ours.claims.extend(claims);
        ours.volumes.extend(volumes);
        ours.storage_classes.extend(storage_classes);
        for webhook in webhooks {
            ours.webhooks.retain(|known| known.name != webhook.name);
            ours.webhooks.push(webhook);
        }
        ours.budgets.extend(budgets);
        ours.services.extend(services);
        ours.service_accounts.extend(service_accounts);
        ours.security_group_policies.extend(security_group_policies);
        ours.vertical_autoscalers.extend(vertical_autoscalers);
        ours.aws_auth = aws_auth.or(ours.aws_auth.take());
        ours.aws_logging = aws_logging.or(ours.aws_logging.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::Kind;

    fn pod(name: &str, node: &str) -> String {
        format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"shop","labels":{{"app":"web"}}}},"spec":{{"nodeName":"{node}"}}}}"#
        )
    }

    #[test]
    fn what_both_have_is_held_once_and_the_later_one_is_kept() {
        let mut builder = SnapshotBuilder::new();
        let mut add = |builder: &mut SnapshotBuilder, kind, json: &str| {
            builder.add(kind, json).expect("a good object");
        };
        add(&mut builder, Kind::Pod, &pod("a", "n1"));
        add(&mut builder, Kind::Pod, &pod("b", "n1"));
        let mut other = builder.beside();
        add(&mut other, Kind::Pod, &pod("b", "n2"));
        add(&mut other, Kind::Pod, &pod("c", "n2"));
        add(&mut other, Kind::Node, r#"{"metadata":{"name":"n2"}}"#);
        builder.absorb(other);
        let pods: Vec<_> = builder
            .snapshot()
            .pods
            .iter()
            .map(|pod| (pod.name.as_str(), pod.node_name.as_deref()))
            .collect();
        assert_eq!(
            pods,
            [("a", Some("n1")), ("b", Some("n2")), ("c", Some("n2"))]
        );
        assert!(builder.snapshot().nodes.contains_key("n2"));
        let [a, .., c] = builder.snapshot().pods.as_slice() else {
            panic!("three pods");
        };
        assert_eq!(a.spec.address(), c.spec.address(), "one spec for all");
    }

    #[test]
    fn events_about_one_object_are_those_that_were_read_last() {
        let event = |name: &str, reason: &str| {
            format!(
                r#"{{"metadata":{{"name":"{name}","namespace":"shop"}},"reason":"{reason}","involvedObject":{{"kind":"Pod","namespace":"shop","name":"a"}}}}"#
            )
        };
        let mut builder = SnapshotBuilder::new();
        let mut other = builder.beside();
        builder
            .add(Kind::Event, &event("1", "Old"))
            .expect("a good event");
        other
            .add(Kind::Event, &event("1", "Old"))
            .expect("a good event");
        other
            .add(Kind::Event, &event("2", "New"))
            .expect("a good event");
        builder.absorb(other);
        let reasons: Vec<_> = builder
            .snapshot()
            .events
            .values()
            .flatten()
            .map(|event| event.reason.as_str())
            .collect();
        assert_eq!(reasons, ["Old", "New"]);
    }
}
