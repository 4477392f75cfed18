/**
 * Some of upstream's messages show an object as its server holds it: fields under their Go names, in Go's order, with
 * all that is empty. The tables here say names and order; a value that no table knows keeps its shape.
 */
import type {
  EphemeralContainer,
  NodeSelector,
  NodeSelectorTerm,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  PodSpec,
  PodTemplateSpec,
  VolumeNodeAffinity,
} from '../../schema/generated/core-v1.ts';

/** A field: its Go name, its name on the wire, and its type where it is another struct or is not null when absent. */
type Field = string;
/** `GoName=wireName:Type`; the wire name may be left out where it is the Go name beginning in lower case. */
const types: Readonly<Record<string, string>> = {
  PodSpec:
    'Volumes:[]Volume InitContainers:[]Container Containers:[]Container EphemeralContainers:[]EphemeralContainer RestartPolicy:s TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy:s NodeSelector ServiceAccountName:s AutomountServiceAccountToken NodeName:s SecurityContext:PodSecurityContext ImagePullSecrets:[]LocalObjectReference Hostname:s Subdomain:s SetHostnameAsFQDN Affinity:Affinity SchedulerName:s Tolerations:[]Toleration HostAliases:[]HostAlias PriorityClassName:s Priority PreemptionPolicy DNSConfig:PodDNSConfig ReadinessGates:[]PodReadinessGate RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints:[]TopologySpreadConstraint OS:PodOS SchedulingGates:[]PodSchedulingGate ResourceClaims:[]PodResourceClaim Resources:ResourceRequirements HostnameOverride SchedulingGroup',
  Container:
    'Name:s Image:s Command Args WorkingDir:s Ports:[]ContainerPort EnvFrom:[]EnvFromSource Env:[]EnvVar Resources:ResourceRequirements! ResizePolicy:[]ContainerResizePolicy RestartPolicy RestartPolicyRules:[]ContainerRestartRule VolumeMounts:[]VolumeMount VolumeDevices:[]VolumeDevice LivenessProbe:Probe ReadinessProbe:Probe StartupProbe:Probe Lifecycle:Lifecycle TerminationMessagePath:s TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:SecurityContext Stdin:b StdinOnce:b TTY:b',
  ContainerPort: 'Name:s HostPort:n ContainerPort:n Protocol:s HostIP:s',
  EnvFromSource: 'Prefix:s ConfigMapRef:NamedOptional SecretRef:NamedOptional',
  NamedOptional: 'Name:s Optional',
  EnvVar: 'Name:s Value:s ValueFrom:EnvVarSource',
  EnvVarSource:
    'FieldRef:ObjectFieldSelector ResourceFieldRef:ResourceFieldSelector ConfigMapKeyRef:KeySelector SecretKeyRef:KeySelector FileKeyRef:FileKeySelector',
  ObjectFieldSelector: 'APIVersion:s FieldPath:s',
  ResourceFieldSelector: 'ContainerName:s Resource:s Divisor:q',
  KeySelector: 'Name:s Key:s Optional',
  FileKeySelector: 'VolumeName:s Path:s Key:s Optional',
  ResourceRequirements: 'Limits Requests Claims:[]ResourceClaim',
  ResourceClaim: 'Name:s Request:s',
  ContainerResizePolicy: 'ResourceName:s RestartPolicy:s',
  ContainerRestartRule: 'Action:s ExitCodes:ExitCodes',
  ExitCodes: 'Operator:s Values',
  VolumeMount: 'Name:s ReadOnly:b RecursiveReadOnly MountPath:s SubPath:s MountPropagation SubPathExpr:s',
  VolumeDevice: 'Name:s DevicePath:s',
  Probe:
    'Exec:ExecAction HTTPGet:HTTPGetAction TCPSocket:TCPSocketAction GRPC:GRPCAction InitialDelaySeconds:n TimeoutSeconds:n PeriodSeconds:n SuccessThreshold:n FailureThreshold:n TerminationGracePeriodSeconds',
  Lifecycle: 'PostStart:LifecycleHandler PreStop:LifecycleHandler StopSignal',
  LifecycleHandler: 'Exec:ExecAction HTTPGet:HTTPGetAction TCPSocket:TCPSocketAction Sleep:SleepAction',
  ExecAction: 'Command',
  HTTPGetAction: 'Path:s Port:n Host:s Scheme:s HTTPHeaders:[]HTTPHeader',
  HTTPHeader: 'Name:s Value:s',
  TCPSocketAction: 'Port:n Host:s',
  GRPCAction: 'Port:n Service',
  SleepAction: 'Seconds:n',
  SecurityContext:
    'Capabilities:Capabilities Privileged SELinuxOptions=seLinuxOptions:SELinuxOptions WindowsOptions:WindowsOptions RunAsUser RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile:SecurityProfile AppArmorProfile:SecurityProfile',
  Capabilities: 'Add Drop',
  SELinuxOptions: 'User:s Role:s Type:s Level:s',
  WindowsOptions: 'GMSACredentialSpecName GMSACredentialSpec RunAsUserName HostProcess',
  SecurityProfile: 'Type:s LocalhostProfile',
  PodSecurityContext:
    'HostNetwork:b HostPID:b HostIPC:b ShareProcessNamespace HostUsers SELinuxOptions=seLinuxOptions:SELinuxOptions WindowsOptions:WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls:[]Sysctl SeccompProfile:SecurityProfile AppArmorProfile:SecurityProfile SELinuxChangePolicy=seLinuxChangePolicy',
  Sysctl: 'Name:s Value:s',
  LocalObjectReference: 'Name:s',
  Affinity: 'NodeAffinity:NodeAffinity PodAffinity:PodAffinity PodAntiAffinity:PodAffinity',
  NodeAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution:NodeSelector PreferredDuringSchedulingIgnoredDuringExecution:[]PreferredSchedulingTerm',
  NodeSelector: 'NodeSelectorTerms:[]NodeSelectorTerm',
  NodeSelectorTerm: 'MatchExpressions:[]NodeSelectorRequirement MatchFields:[]NodeSelectorRequirement',
  NodeSelectorRequirement: 'Key:s Operator:s Values',
  PreferredSchedulingTerm: 'Weight:n Preference:NodeSelectorTerm!',
  PodAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm',
  PodAffinityTerm: 'LabelSelector Namespaces TopologyKey:s NamespaceSelector MatchLabelKeys MismatchLabelKeys',
  WeightedPodAffinityTerm: 'Weight:n PodAffinityTerm:PodAffinityTerm!',
  Toleration: 'Key:s Operator:s Value:s Effect:s TolerationSeconds',
  HostAlias: 'IP:s Hostnames',
  PodDNSConfig: 'Nameservers Searches Options:[]PodDNSConfigOption',
  PodDNSConfigOption: 'Name:s Value',
  PodReadinessGate: 'ConditionType:s',
  TopologySpreadConstraint:
    'MaxSkew:n TopologyKey:s WhenUnsatisfiable:s LabelSelector MinDomains NodeAffinityPolicy NodeTaintsPolicy MatchLabelKeys',
  PodOS: 'Name:s',
  PodSchedulingGate: 'Name:s',
  PodResourceClaim: 'Name:s ResourceClaimName ResourceClaimTemplateName',
  Volume:
    'Name:s HostPath:HostPath EmptyDir:EmptyDir GCEPersistentDisk:GCEPersistentDisk AWSElasticBlockStore:AWSElasticBlockStore GitRepo:GitRepo Secret:SecretVolume NFS:NFS ISCSI Glusterfs PersistentVolumeClaim:PersistentVolumeClaim RBD Quobyte FlexVolume Cinder CephFS=cephfs Flocker DownwardAPI:DownwardAPIVolume FC AzureFile ConfigMap:ConfigMapVolume VsphereVolume AzureDisk PhotonPersistentDisk Projected:Projected PortworxVolume ScaleIO StorageOS=storageos CSI:CSI Ephemeral Image:ImageVolume',
  HostPath: 'Path:s Type',
  EmptyDir: 'Medium:s SizeLimit',
  GCEPersistentDisk: 'PDName:s FSType:s Partition:n ReadOnly:b',
  AWSElasticBlockStore: 'VolumeID:s FSType:s Partition:n ReadOnly:b',
  GitRepo: 'Repository:s Revision:s Directory:s',
  SecretVolume: 'SecretName:s Items:[]KeyToPath DefaultMode Optional',
  NFS: 'Server:s Path:s ReadOnly:b',
  PersistentVolumeClaim: 'ClaimName:s ReadOnly:b',
  DownwardAPIVolume: 'Items:[]DownwardAPIVolumeFile DefaultMode',
  DownwardAPIVolumeFile: 'Path:s FieldRef:ObjectFieldSelector ResourceFieldRef:ResourceFieldSelector Mode',
  ConfigMapVolume: 'Name:s Items:[]KeyToPath DefaultMode Optional',
  KeyToPath: 'Key:s Path:s Mode',
  Projected: 'Sources:[]VolumeProjection DefaultMode',
  VolumeProjection:
    'Secret:NamedItems DownwardAPI:DownwardAPIProjection ConfigMap:NamedItems ServiceAccountToken:ServiceAccountToken ClusterTrustBundle PodCertificate',
  NamedItems: 'Name:s Items:[]KeyToPath Optional',
  DownwardAPIProjection: 'Items:[]DownwardAPIVolumeFile',
  ServiceAccountToken: 'Audience:s ExpirationSeconds:n Path:s',
  CSI: 'Driver:s ReadOnly FSType VolumeAttributes NodePublishSecretRef:LocalObjectReference',
  ImageVolume: 'Reference:s PullPolicy:s',
  PersistentVolumeSource:
    'GCEPersistentDisk:GCEPersistentDisk AWSElasticBlockStore:AWSElasticBlockStore HostPath:HostPath Glusterfs NFS:NFS RBD Quobyte ISCSI FlexVolume Cinder CephFS=cephfs FC Flocker AzureFile VsphereVolume AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO Local:LocalVolume StorageOS=storageos CSI:CSIPersistentVolume',
  LocalVolume: 'Path:s FSType',
  CSIPersistentVolume:
    'Driver:s VolumeHandle:s ReadOnly:b FSType:s VolumeAttributes ControllerPublishSecretRef:SecretReference NodeStageSecretRef:SecretReference NodePublishSecretRef:SecretReference ControllerExpandSecretRef:SecretReference NodeExpandSecretRef:SecretReference',
  SecretReference: 'Name:s Namespace:s',
  PersistentVolumeClaimSpec:
    'AccessModes Selector Resources:VolumeResources! VolumeName:s StorageClassName VolumeMode DataSource:TypedReference DataSourceRef:TypedNamespacedReference VolumeAttributesClassName',
  VolumeResources: 'Limits Requests',
  VolumeNodeAffinity: 'Required:NodeSelector',
  TypedReference: 'APIGroup Kind:s Name:s',
  TypedNamespacedReference: 'APIGroup Kind:s Name:s Namespace',
};

/** What a field of no struct type is where it is absent. */
const zeros: Readonly<Record<string, unknown>> = { s: '', b: false, n: 0, q: '0' };

function convert(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return null;
  if (type.startsWith('[]')) return (value as unknown[]).map((item) => convert(item, type.slice(2)));
  const fields = typeName(type);
  if (fields === undefined) return value;
  const object = value as Readonly<Record<string, unknown>>;
  const converted: Record<string, unknown> = {};
  for (const field of fields.split(' ')) {
    const { goName, wireName, type: fieldType } = parseField(field);
    converted[goName] = fieldType.endsWith('!')
      ? convert(object[wireName] ?? {}, fieldType.slice(0, -1))
      : fieldType in zeros
        ? (object[wireName] ?? zeros[fieldType])
        : convert(object[wireName], fieldType);
  }
  return converted;
}

function typeName(type: string): string | undefined {
  if (type === 'EphemeralContainer') return `${types['Container']} TargetContainerName:s`;
  return types[type];
}

function parseField(field: Field): { goName: string; wireName: string; type: string } {
  const [names = '', type = ''] = field.split(':');
  const [goName = '', wireName] = names.split('=');
  return { goName, wireName: wireName ?? lowerFirst(goName), type };
}

/** `HostIP` is `hostIP`, `DNSPolicy` is `dnsPolicy`, `TTY` is `tty`. */
function lowerFirst(name: string): string {
  const capitals = /^[A-Z]+/.exec(name)?.[0].length ?? 0;
  const head = capitals > 1 && capitals < name.length ? capitals - 1 : capitals;
  return name.slice(0, head).toLowerCase() + name.slice(head);
}

/** A pod's spec; what the host lends the pod stands under its security context there. */
export function internalPodSpec(spec: PodSpec): unknown {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers, securityContext } = spec;
  const context = { ...securityContext, hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers };
  return convert({ ...spec, securityContext: context }, 'PodSpec');
}

/** A template of pods; its metadata keeps its names, as on the wire. */
export function internalTemplate({ metadata = {}, spec }: PodTemplateSpec): unknown {
  return { ...metadata, Spec: internalPodSpec(spec ?? ({ containers: [] } as PodSpec)) };
}

/** An ephemeral container: the fields of any container, then the one whose processes it targets. */
export function internalEphemeralContainer(container: EphemeralContainer): unknown {
  return convert(container, 'EphemeralContainer');
}

/** What a persistent volume is made of, without what else its spec says. */
export function internalPersistentVolumeSource(spec: PersistentVolumeSpec): unknown {
  return convert(spec, 'PersistentVolumeSource');
}

/** From where a volume can be reached; null where it does not say. */
export function internalVolumeNodeAffinity(affinity: VolumeNodeAffinity | undefined): unknown {
  return convert(affinity, 'VolumeNodeAffinity');
}

/** The spec of a PersistentVolumeClaim, not of a ResourceClaim. Its resources are never null. */
export function internalClaimSpec(spec: PersistentVolumeClaimSpec): unknown {
  return convert(spec, 'PersistentVolumeClaimSpec');
}

/** A choice of nodes. What a requirement leaves out is an empty string, its values null. */
export function internalNodeSelector(selector: NodeSelector): unknown {
  return convert(selector, 'NodeSelector');
}

/** The terms of a node selector by themselves; null where there is no list, which an empty one is not. */
export function internalNodeSelectorTerms(terms: readonly NodeSelectorTerm[] | undefined): unknown {
  return convert(terms, '[]NodeSelectorTerm');
}
