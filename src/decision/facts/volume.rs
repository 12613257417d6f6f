//! Volume claims, persistent volumes and storage classes.

/// A PersistentVolumeClaim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VolumeClaim {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `status.phase`: `Pending`, `Bound` or `Lost`; empty where absent.
    pub phase: String,
    /// `spec.volumeName`.
    pub volume_name: Option<String>,
    /// `spec.storageClassName`.
    pub storage_class: Option<String>,
    /// Who was asked to provision its volume: the annotation `volume.kubernetes.io/storage-provisioner`.
    pub provisioner: Option<String>,
}

/// A PersistentVolume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersistentVolume {
    /// `metadata.name`.
    pub name: String,
    /// `spec.csi.driver`, for example `efs.csi.aws.com`; `None` where the volume is not of a CSI driver.
    pub csi_driver: Option<String>,
    /// The name of the source field of the spec (`csi`, `nfs`, `awsElasticBlockStore`, …).
    pub source: String,
}

/// A StorageClass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StorageClass {
    /// `metadata.name`.
    pub name: String,
    /// `provisioner`.
    pub provisioner: String,
    /// `parameters.provisioningMode`, which the EFS driver reads: without it volumes are made by hand.
    pub provisioning_mode: Option<String>,
    /// `volumeBindingMode`.
    pub binding_mode: Option<String>,
}
