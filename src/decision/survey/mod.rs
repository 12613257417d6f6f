//! All profiles at once, looked at from their own side: what each holds and would claim, how they stand to each other, and
//! whether our matching agrees with what EKS wrote on the pods.
