//! Where facts come from: the API server, the EKS API, files, the demo. The only room with doors outside.

pub mod kubeconfig;
pub mod near;
