/**
 * What the table of facts does not tell of upstream's Go types and the wire shows: which optional scalars are pointers
 * (their zero value is kept), which fields are written even when empty, which only protobuf writes so, and the names of
 * types in decode errors.
 * Keys are `Type.field`, or `group.version.Type.field` where two groups disagree.
 */

const keys = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Optional booleans and integers are pointers but for these, whose zero value is left out on the wire.
 * (`readOnly` of nearly all volume sources is among them.)
 */
export const omittedWhenZero = keys(`
  DeploymentSpec.paused TokenReviewStatus.authenticated SubjectAccessReviewStatus.denied
  AWSElasticBlockStoreVolumeSource.readOnly AzureFilePersistentVolumeSource.readOnly AzureFileVolumeSource.readOnly
  CSIPersistentVolumeSource.readOnly CephFSPersistentVolumeSource.readOnly CephFSVolumeSource.readOnly
  CinderPersistentVolumeSource.readOnly CinderVolumeSource.readOnly FCVolumeSource.readOnly
  FlexPersistentVolumeSource.readOnly FlexVolumeSource.readOnly GCEPersistentDiskVolumeSource.readOnly
  GlusterfsPersistentVolumeSource.readOnly GlusterfsVolumeSource.readOnly ISCSIPersistentVolumeSource.readOnly
  ISCSIPersistentVolumeSource.chapAuthDiscovery ISCSIPersistentVolumeSource.chapAuthSession ISCSIVolumeSource.readOnly
  ISCSIVolumeSource.chapAuthDiscovery ISCSIVolumeSource.chapAuthSession NFSVolumeSource.readOnly
  PersistentVolumeClaimVolumeSource.readOnly PortworxVolumeSource.readOnly QuobyteVolumeSource.readOnly
  RBDPersistentVolumeSource.readOnly RBDVolumeSource.readOnly ScaleIOPersistentVolumeSource.sslEnabled
  ScaleIOPersistentVolumeSource.readOnly ScaleIOVolumeSource.sslEnabled ScaleIOVolumeSource.readOnly
  StorageOSPersistentVolumeSource.readOnly StorageOSVolumeSource.readOnly VolumeMount.readOnly VolumeMountStatus.readOnly
  Container.stdin Container.stdinOnce Container.tty EphemeralContainer.stdin EphemeralContainer.stdinOnce
  EphemeralContainer.tty NodeSpec.unschedulable PodSpec.hostNetwork PodSpec.hostPID PodSpec.hostIPC
  ServiceSpec.publishNotReadyAddresses ResourcePolicyRule.clusterScope PriorityClass.globalDefault
  CustomResourceDefinitionSpec.preserveUnknownFields CustomResourceDefinitionVersion.deprecated
  JSONSchemaProps.exclusiveMaximum JSONSchemaProps.exclusiveMinimum JSONSchemaProps.nullable
  JSONSchemaProps.uniqueItems JSONSchemaProps.x-kubernetes-embedded-resource
  JSONSchemaProps.x-kubernetes-int-or-string APIServiceSpec.insecureSkipTLSVerify
  ValidatingAdmissionPolicyStatus.observedGeneration DaemonSetSpec.minReadySeconds
  DaemonSetStatus.observedGeneration DaemonSetStatus.updatedNumberScheduled DaemonSetStatus.numberAvailable
  DaemonSetStatus.numberUnavailable DeploymentSpec.minReadySeconds DeploymentStatus.observedGeneration
  DeploymentStatus.replicas DeploymentStatus.updatedReplicas DeploymentStatus.availableReplicas
  DeploymentStatus.unavailableReplicas DeploymentStatus.readyReplicas ReplicaSetSpec.minReadySeconds
  ReplicaSetStatus.fullyLabeledReplicas ReplicaSetStatus.observedGeneration ReplicaSetStatus.readyReplicas
  ReplicaSetStatus.availableReplicas StatefulSetSpec.minReadySeconds StatefulSetStatus.observedGeneration
  StatefulSetStatus.readyReplicas StatefulSetStatus.currentReplicas StatefulSetStatus.updatedReplicas
  autoscaling.v2.HorizontalPodAutoscalerStatus.currentReplicas JobStatus.active JobStatus.succeeded JobStatus.failed
  AWSElasticBlockStoreVolumeSource.partition ContainerImage.sizeBytes ContainerPort.hostPort
  ContainerStateTerminated.signal core.v1.Event.count core.v1.EventSeries.count
  GCEPersistentDiskVolumeSource.partition PodCondition.observedGeneration PodStatus.observedGeneration
  Probe.initialDelaySeconds Probe.timeoutSeconds Probe.periodSeconds Probe.successThreshold Probe.failureThreshold
  ReplicationControllerSpec.minReadySeconds ReplicationControllerStatus.fullyLabeledReplicas
  ReplicationControllerStatus.observedGeneration ReplicationControllerStatus.readyReplicas
  ReplicationControllerStatus.availableReplicas ServicePort.nodePort ServiceSpec.healthCheckNodePort
  events.v1.Event.deprecatedCount ServiceBackendPort.number PodDisruptionBudgetStatus.observedGeneration
  DeviceSubRequest.count ExactDeviceRequest.count CustomResourceColumnDefinition.priority
  CustomResourceDefinitionCondition.observedGeneration CustomResourceDefinitionStatus.observedGeneration
  Condition.observedGeneration ObjectMeta.generation Status.code StatusDetails.retryAfterSeconds ScaleSpec.replicas
  TokenReviewSpec.token ContainerRestartRule.action ContainerRestartRuleOnExitCodes.operator ImageVolumeStatus.imageRef
  PodCertificateProjection.signerName PodCertificateProjection.keyType ParentReference.resource ParentReference.name
  ValidatingAdmissionPolicyBindingSpec.policyName ValidatingAdmissionPolicyBindingSpec.validationActions
  IPAddressSpec.parentRef
`);

/**
 * Strings that are pointers: an empty one is kept, because it says something else than its absence. So does the list of
 * an autoscaler's policies, which are filled in where they are absent.
 */
export const pointerFields = keys(`
  MatchResources.matchPolicy MutatingAdmissionPolicySpec.failurePolicy MutatingWebhook.failurePolicy
  MutatingWebhook.matchPolicy MutatingWebhook.reinvocationPolicy MutatingWebhook.sideEffects
  NamedRuleWithOperations.scope RuleWithOperations.scope ParamRef.parameterNotFoundAction
  ValidatingAdmissionPolicySpec.failurePolicy ValidatingWebhook.failurePolicy ValidatingWebhook.matchPolicy
  ValidatingWebhook.sideEffects WebhookClientConfig.url admissionregistration.v1.ServiceReference.path
  apiextensions.v1.ServiceReference.path HPAScalingRules.selectPolicy HPAScalingRules.policies CronJobSpec.timeZone JobSpec.completionMode
  JobSpec.podReplacementPolicy JobSpec.managedBy JobStatus.failedIndexes
  PodFailurePolicyOnExitCodesRequirement.containerName SuccessPolicyRule.succeededIndexes LeaseSpec.holderIdentity
  LeaseSpec.strategy LeaseSpec.preferredHolder AppArmorProfile.localhostProfile
  AzureFilePersistentVolumeSource.secretNamespace AzureDiskVolumeSource.cachingMode AzureDiskVolumeSource.fsType
  AzureDiskVolumeSource.kind CSIVolumeSource.fsType ClusterTrustBundleProjection.name
  ClusterTrustBundleProjection.signerName Container.restartPolicy EphemeralContainer.restartPolicy
  ContainerStatus.stopSignal Lifecycle.stopSignal core.v1.EndpointAddress.nodeName core.v1.EndpointPort.appProtocol
  GlusterfsPersistentVolumeSource.endpointsNamespace HostPathVolumeSource.type
  ISCSIPersistentVolumeSource.initiatorName ISCSIVolumeSource.initiatorName LoadBalancerIngress.ipMode
  LocalVolumeSource.fsType PersistentVolumeClaimSpec.storageClassName PersistentVolumeClaimSpec.volumeMode
  PersistentVolumeClaimSpec.volumeAttributesClassName PersistentVolumeClaimStatus.currentVolumeAttributesClassName
  PersistentVolumeSpec.volumeMode PersistentVolumeSpec.volumeAttributesClassName PodDNSConfigOption.value
  PodResourceClaim.resourceClaimName PodResourceClaim.resourceClaimTemplateName
  PodResourceClaimStatus.resourceClaimName PodSchedulingGroup.podGroupName PodSecurityContext.fsGroupChangePolicy
  PodSecurityContext.supplementalGroupsPolicy PodSecurityContext.seLinuxChangePolicy PodSpec.runtimeClassName
  PodSpec.preemptionPolicy PodSpec.hostnameOverride PortStatus.error IngressPortStatus.error
  SeccompProfile.localhostProfile SecurityContext.procMount ServicePort.appProtocol ServiceSpec.ipFamilyPolicy
  ServiceSpec.loadBalancerClass ServiceSpec.internalTrafficPolicy ServiceSpec.trafficDistribution
  TopologySpreadConstraint.nodeAffinityPolicy TopologySpreadConstraint.nodeTaintsPolicy
  TypedLocalObjectReference.apiGroup TypedObjectReference.apiGroup TypedObjectReference.namespace
  VolumeMount.mountPropagation VolumeMount.recursiveReadOnly VolumeMountStatus.recursiveReadOnly
  WindowsSecurityContextOptions.gmsaCredentialSpecName WindowsSecurityContextOptions.gmsaCredentialSpec
  WindowsSecurityContextOptions.runAsUserName discovery.v1.Endpoint.hostname discovery.v1.Endpoint.nodeName
  discovery.v1.Endpoint.zone discovery.v1.EndpointPort.name discovery.v1.EndpointPort.protocol
  discovery.v1.EndpointPort.appProtocol HTTPIngressPath.pathType IngressClassParametersReference.scope
  IngressClassParametersReference.namespace IngressClassParametersReference.apiGroup IngressSpec.ingressClassName
  NetworkPolicyPort.protocol PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy AllocatedDeviceStatus.shareID
  Device.nodeName DeviceAttribute.string DeviceAttribute.version DeviceClassSpec.extendedResourceName
  DeviceConstraint.matchAttribute DeviceConstraint.distinctAttribute DeviceRequestAllocationResult.shareID
  ResourceSliceSpec.nodeName NodeAllocatableResourceMapping.capacityKey PriorityClass.preemptionPolicy
  CSIDriverSpec.fsGroupPolicy StorageClass.reclaimPolicy StorageClass.volumeBindingMode
  VolumeAttachmentSource.persistentVolumeName CustomResourceDefinitionVersion.deprecationWarning
  ResourceHealth.message Validation.reason ValidationRule.reason
  CustomResourceSubresourceScale.labelSelectorPath JSONSchemaProps.$ref JSONSchemaProps.x-kubernetes-list-type
  JSONSchemaProps.x-kubernetes-map-type DeleteOptions.propagationPolicy Preconditions.uid Preconditions.resourceVersion
`);

/** Left out of JSON when they say nothing, and yet no pointers: protobuf writes their zero value. */
export const heldByValue = keys(`
  ControllerRevision.data EventSeries.lastObservedTime ServicePort.targetPort ObjectMeta.creationTimestamp
`);

/** Optional in the table and yet always written, as their zero value or null. */
export const alwaysWritten = keys(`
  StatefulSetSpec.serviceName StatefulSetStatus.availableReplicas StatefulSetOrdinals.start
  PodDisruptionBudgetStatus.disruptionsAllowed PodDisruptionBudgetStatus.currentHealthy
  PodDisruptionBudgetStatus.desiredHealthy PodDisruptionBudgetStatus.expectedPods
  core.v1.Event.reportingComponent core.v1.Event.reportingInstance core.v1.Event.eventTime
  core.v1.Event.firstTimestamp core.v1.Event.lastTimestamp
  events.v1.Event.deprecatedFirstTimestamp events.v1.Event.deprecatedLastTimestamp
  GRPCAction.service RoleRef.apiGroup PriorityClass.value TokenRequestStatus.token TokenRequestSpec.boundObjectRef
  FlowSchemaSpec.matchingPrecedence QueuingConfiguration.queues QueuingConfiguration.handSize
  QueuingConfiguration.queueLengthLimit Role.rules ClusterRole.rules EndpointSlice.ports EndpointSlice.endpoints
  autoscaling.v2.HorizontalPodAutoscalerStatus.currentMetrics CertificateSigningRequestSpec.request
  DeploymentCondition.lastUpdateTime DeploymentCondition.lastTransitionTime DaemonSetCondition.lastTransitionTime
  ReplicaSetCondition.lastTransitionTime StatefulSetCondition.lastTransitionTime
  HorizontalPodAutoscalerCondition.lastTransitionTime JobCondition.lastProbeTime JobCondition.lastTransitionTime
  NodeCondition.lastHeartbeatTime NodeCondition.lastTransitionTime PodCondition.lastProbeTime
  PodCondition.lastTransitionTime ContainerStateRunning.startedAt ContainerStateTerminated.startedAt
  ContainerStateTerminated.finishedAt ReplicationControllerCondition.lastTransitionTime
  PersistentVolumeClaimCondition.lastProbeTime PersistentVolumeClaimCondition.lastTransitionTime
  NamespaceCondition.lastTransitionTime CertificateSigningRequestCondition.lastUpdateTime
  CertificateSigningRequestCondition.lastTransitionTime CustomResourceDefinitionCondition.lastTransitionTime
  APIServiceCondition.lastTransitionTime FlowSchemaCondition.lastTransitionTime
  PriorityLevelConfigurationCondition.lastTransitionTime VolumeError.time ResourceFieldSelector.divisor
  TokenRequestStatus.expirationTimestamp CustomResourceDefinitionStatus.conditions
  CustomResourceDefinitionStatus.storedVersions
`);

/** Names in decode errors of types that are not called what they are made of. A `[]` at the end stands for the item. */
export const goTypeNames: Readonly<Record<string, string>> = {
  'ObjectMeta.uid': 'types.UID',
  'OwnerReference.uid': 'types.UID',
  'ObjectReference.uid': 'types.UID',
  'Preconditions.uid': 'types.UID',
  'ManagedFieldsEntry.operation': 'v1.ManagedFieldsOperationType',
  'LabelSelectorRequirement.operator': 'v1.LabelSelectorOperator',
  'DeleteOptions.propagationPolicy': 'v1.DeletionPropagation',
  'PodSpec.restartPolicy': 'v1.RestartPolicy',
  'PodSpec.dnsPolicy': 'v1.DNSPolicy',
  'PodSpec.preemptionPolicy': 'v1.PreemptionPolicy',
  'PodStatus.phase': 'v1.PodPhase',
  'PodStatus.qosClass': 'v1.PodQOSClass',
  'PodCondition.type': 'v1.PodConditionType',
  'PodCondition.status': 'v1.ConditionStatus',
  'NodeCondition.type': 'v1.NodeConditionType',
  'NodeCondition.status': 'v1.ConditionStatus',
  'NodeAddress.type': 'v1.NodeAddressType',
  'Condition.status': 'v1.ConditionStatus',
  'DeploymentCondition.type': 'v1.DeploymentConditionType',
  'DeploymentCondition.status': 'v1.ConditionStatus',
  'Container.imagePullPolicy': 'v1.PullPolicy',
  'Container.terminationMessagePolicy': 'v1.TerminationMessagePolicy',
  'Container.restartPolicy': 'v1.ContainerRestartPolicy',
  'EphemeralContainer.imagePullPolicy': 'v1.PullPolicy',
  'EphemeralContainer.terminationMessagePolicy': 'v1.TerminationMessagePolicy',
  'ContainerPort.protocol': 'v1.Protocol',
  'ServicePort.protocol': 'v1.Protocol',
  'EndpointPort.protocol': 'v1.Protocol',
  'NetworkPolicyPort.protocol': 'v1.Protocol',
  'Capabilities.add[]': 'v1.Capability',
  'Capabilities.drop[]': 'v1.Capability',
  'SecurityContext.procMount': 'v1.ProcMountType',
  'SeccompProfile.type': 'v1.SeccompProfileType',
  'AppArmorProfile.type': 'v1.AppArmorProfileType',
  'HTTPGetAction.scheme': 'v1.URIScheme',
  'HostPathVolumeSource.type': 'v1.HostPathType',
  'EmptyDirVolumeSource.medium': 'v1.StorageMedium',
  'VolumeMount.mountPropagation': 'v1.MountPropagationMode',
  'Toleration.operator': 'v1.TolerationOperator',
  'Toleration.effect': 'v1.TaintEffect',
  'Taint.effect': 'v1.TaintEffect',
  'TopologySpreadConstraint.whenUnsatisfiable': 'v1.UnsatisfiableConstraintAction',
  'NodeSelectorRequirement.operator': 'v1.NodeSelectorOperator',
  'ServiceSpec.type': 'v1.ServiceType',
  'ServiceSpec.sessionAffinity': 'v1.ServiceAffinity',
  'ServiceSpec.externalTrafficPolicy': 'v1.ServiceExternalTrafficPolicy',
  'ServiceSpec.internalTrafficPolicy': 'v1.ServiceInternalTrafficPolicy',
  'ServiceSpec.ipFamilyPolicy': 'v1.IPFamilyPolicy',
  'ServiceSpec.ipFamilies[]': 'v1.IPFamily',
  'Secret.type': 'v1.SecretType',
  'NamespaceSpec.finalizers[]': 'v1.FinalizerName',
  'NamespaceStatus.phase': 'v1.NamespacePhase',
  'PersistentVolumeSpec.accessModes[]': 'v1.PersistentVolumeAccessMode',
  'PersistentVolumeSpec.persistentVolumeReclaimPolicy': 'v1.PersistentVolumeReclaimPolicy',
  'PersistentVolumeSpec.volumeMode': 'v1.PersistentVolumeMode',
  'PersistentVolumeClaimSpec.accessModes[]': 'v1.PersistentVolumeAccessMode',
  'PersistentVolumeClaimSpec.volumeMode': 'v1.PersistentVolumeMode',
  'ResourceQuotaSpec.scopes[]': 'v1.ResourceQuotaScope',
  'LimitRangeItem.type': 'v1.LimitType',
  'DeploymentStrategy.type': 'v1.DeploymentStrategyType',
  'DaemonSetUpdateStrategy.type': 'v1.DaemonSetUpdateStrategyType',
  'StatefulSetUpdateStrategy.type': 'v1.StatefulSetUpdateStrategyType',
  'StatefulSetSpec.podManagementPolicy': 'v1.PodManagementPolicyType',
  'CronJobSpec.concurrencyPolicy': 'v1.ConcurrencyPolicy',
  'JobSpec.completionMode': 'v1.CompletionMode',
  'JobSpec.podReplacementPolicy': 'v1.PodReplacementPolicy',
  'EndpointSlice.addressType': 'v1.AddressType',
  'HTTPIngressPath.pathType': 'v1.PathType',
  'NetworkPolicySpec.policyTypes[]': 'v1.PolicyType',
  'StorageClass.reclaimPolicy': 'v1.PersistentVolumeReclaimPolicy',
  'StorageClass.volumeBindingMode': 'v1.VolumeBindingMode',
  'PriorityClass.preemptionPolicy': 'v1.PreemptionPolicy',
  'RuleWithOperations.operations[]': 'v1.OperationType',
  'NamedRuleWithOperations.operations[]': 'v1.OperationType',
  'RuleWithOperations.scope': 'v1.ScopeType',
  'NamedRuleWithOperations.scope': 'v1.ScopeType',
  'ValidatingWebhook.failurePolicy': 'v1.FailurePolicyType',
  'MutatingWebhook.failurePolicy': 'v1.FailurePolicyType',
  'ValidatingAdmissionPolicySpec.failurePolicy': 'v1.FailurePolicyType',
  'MutatingAdmissionPolicySpec.failurePolicy': 'v1.FailurePolicyType',
  'ValidatingWebhook.matchPolicy': 'v1.MatchPolicyType',
  'MutatingWebhook.matchPolicy': 'v1.MatchPolicyType',
  'MatchResources.matchPolicy': 'v1.MatchPolicyType',
  'ValidatingWebhook.sideEffects': 'v1.SideEffectClass',
  'MutatingWebhook.sideEffects': 'v1.SideEffectClass',
  'MutatingWebhook.reinvocationPolicy': 'v1.ReinvocationPolicyType',
  'MutatingAdmissionPolicySpec.reinvocationPolicy': 'v1.ReinvocationPolicyType',
  'ParamRef.parameterNotFoundAction': 'v1.ParameterNotFoundActionType',
  'ValidatingAdmissionPolicyBindingSpec.validationActions[]': 'v1.ValidationAction',
  'Mutation.patchType': 'v1.PatchType',
  'Validation.reason': 'v1.StatusReason',
  'DaemonSetCondition.type': 'v1.DaemonSetConditionType',
  'DaemonSetCondition.status': 'v1.ConditionStatus',
  'StatefulSetCondition.type': 'v1.StatefulSetConditionType',
  'StatefulSetCondition.status': 'v1.ConditionStatus',
  'ReplicaSetCondition.type': 'v1.ReplicaSetConditionType',
  'ReplicaSetCondition.status': 'v1.ConditionStatus',
  'ReplicationControllerCondition.type': 'v1.ReplicationControllerConditionType',
  'ReplicationControllerCondition.status': 'v1.ConditionStatus',
  'JobCondition.type': 'v1.JobConditionType',
  'JobCondition.status': 'v1.ConditionStatus',
  'PersistentVolumeClaimCondition.type': 'v1.PersistentVolumeClaimConditionType',
  'PersistentVolumeClaimCondition.status': 'v1.ConditionStatus',
  'NamespaceCondition.type': 'v1.NamespaceConditionType',
  'NamespaceCondition.status': 'v1.ConditionStatus',
  'CustomResourceDefinitionCondition.type': 'v1.CustomResourceDefinitionConditionType',
  'CustomResourceDefinitionCondition.status': 'v1.ConditionStatus',
  'APIServiceCondition.type': 'v1.APIServiceConditionType',
  'APIServiceCondition.status': 'v1.ConditionStatus',
  'FlowSchemaCondition.type': 'v1.FlowSchemaConditionType',
  'FlowSchemaCondition.status': 'v1.ConditionStatus',
  'PriorityLevelConfigurationCondition.type': 'v1.PriorityLevelConfigurationConditionType',
  'PriorityLevelConfigurationCondition.status': 'v1.ConditionStatus',
  'HorizontalPodAutoscalerCondition.type': 'v2.HorizontalPodAutoscalerConditionType',
  'HorizontalPodAutoscalerCondition.status': 'v1.ConditionStatus',
  'CertificateSigningRequestCondition.status': 'v1.ConditionStatus',
  'ComponentCondition.status': 'v1.ConditionStatus',
  'PodFailurePolicyOnPodConditionsPattern.status': 'v1.ConditionStatus',
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted': 'v1.PersistentVolumeClaimRetentionPolicyType',
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled': 'v1.PersistentVolumeClaimRetentionPolicyType',
  'MetricSpec.type': 'v2.MetricSourceType',
  'MetricStatus.type': 'v2.MetricSourceType',
  'MetricTarget.type': 'v2.MetricTargetType',
  'HPAScalingRules.selectPolicy': 'v2.ScalingPolicySelect',
  'HPAScalingPolicy.type': 'v2.HPAScalingPolicyType',
  'ResourceMetricSource.name': 'v1.ResourceName',
  'ContainerResourceMetricSource.name': 'v1.ResourceName',
  'ResourceMetricStatus.name': 'v1.ResourceName',
  'ContainerResourceMetricStatus.name': 'v1.ResourceName',
  'ContainerResizePolicy.resourceName': 'v1.ResourceName',
  'ResourceStatus.name': 'v1.ResourceName',
  'PodFailurePolicyRule.action': 'v1.PodFailurePolicyAction',
  'PodFailurePolicyOnExitCodesRequirement.operator': 'v1.PodFailurePolicyOnExitCodesOperator',
  'PodFailurePolicyOnPodConditionsPattern.type': 'v1.PodConditionType',
  'PodReadinessGate.conditionType': 'v1.PodConditionType',
  'UncountedTerminatedPods.succeeded[]': 'types.UID',
  'UncountedTerminatedPods.failed[]': 'types.UID',
  'ResourceClaimConsumerReference.uid': 'types.UID',
  'DeviceRequestAllocationResult.shareID': 'types.UID',
  'BoundObjectReference.uid': 'types.UID',
  'StatusDetails.uid': 'types.UID',
  'CertificateSigningRequestSpec.usages[]': 'v1.KeyUsage',
  'CertificateSigningRequestCondition.type': 'v1.RequestConditionType',
  'CertificateSigningRequestSpec.extra': 'map[string]v1.ExtraValue',
  'SubjectAccessReviewSpec.extra': 'map[string]v1.ExtraValue',
  'UserInfo.extra': 'map[string]v1.ExtraValue',
  'CertificateSigningRequestSpec.extra[]': 'v1.ExtraValue',
  'SubjectAccessReviewSpec.extra[]': 'v1.ExtraValue',
  'UserInfo.extra[]': 'v1.ExtraValue',
  'LeaseSpec.strategy': 'v1.CoordinatedLeaseStrategy',
  'PersistentVolumeClaimStatus.phase': 'v1.PersistentVolumeClaimPhase',
  'PersistentVolumeStatus.phase': 'v1.PersistentVolumePhase',
  'PersistentVolumeClaimStatus.accessModes[]': 'v1.PersistentVolumeAccessMode',
  'PersistentVolumeClaimStatus.allocatedResourceStatuses': 'map[v1.ResourceName]v1.ClaimResourceStatus',
  'PersistentVolumeClaimStatus.allocatedResourceStatuses[]': 'v1.ClaimResourceStatus',
  'ModifyVolumeStatus.status': 'v1.PersistentVolumeClaimModifyVolumeStatus',
  'NodeStatus.phase': 'v1.NodePhase',
  'NodeStatus.volumesInUse[]': 'v1.UniqueVolumeName',
  'AttachedVolume.name': 'v1.UniqueVolumeName',
  'ScopedResourceSelectorRequirement.scopeName': 'v1.ResourceQuotaScope',
  'ScopedResourceSelectorRequirement.operator': 'v1.ScopeSelectorOperator',
  'ComponentCondition.type': 'v1.ComponentConditionType',
  'AzureDiskVolumeSource.cachingMode': 'v1.AzureDataDiskCachingMode',
  'AzureDiskVolumeSource.kind': 'v1.AzureDataDiskKind',
  'ContainerResizePolicy.restartPolicy': 'v1.ResourceResizeRestartPolicy',
  'EphemeralContainer.restartPolicy': 'v1.ContainerRestartPolicy',
  'ContainerRestartRule.action': 'v1.ContainerRestartRuleAction',
  'ContainerRestartRuleOnExitCodes.operator': 'v1.ContainerRestartRuleOnExitCodesOperator',
  'PodOS.name': 'v1.OSName',
  'PodSecurityContext.fsGroupChangePolicy': 'v1.PodFSGroupChangePolicy',
  'PodSecurityContext.supplementalGroupsPolicy': 'v1.SupplementalGroupsPolicy',
  'PodSecurityContext.seLinuxChangePolicy': 'v1.PodSELinuxChangePolicy',
  'TopologySpreadConstraint.nodeAffinityPolicy': 'v1.NodeInclusionPolicy',
  'TopologySpreadConstraint.nodeTaintsPolicy': 'v1.NodeInclusionPolicy',
  'VolumeMount.recursiveReadOnly': 'v1.RecursiveReadOnlyMode',
  'VolumeMountStatus.recursiveReadOnly': 'v1.RecursiveReadOnlyMode',
  'Lifecycle.stopSignal': 'v1.Signal',
  'ContainerStatus.stopSignal': 'v1.Signal',
  'PortStatus.protocol': 'v1.Protocol',
  'IngressPortStatus.protocol': 'v1.Protocol',
  'LoadBalancerIngress.ipMode': 'v1.LoadBalancerIPMode',
  'PodStatus.resize': 'v1.PodResizeStatus',
  'ImageVolumeSource.pullPolicy': 'v1.PullPolicy',
  'ResourceHealth.health': 'v1.ResourceHealthStatus',
  'ResourceHealth.resourceID': 'v1.ResourceID',
  'flowcontrol.v1.Subject.kind': 'v1.SubjectKind',
  'FlowDistinguisherMethod.type': 'v1.FlowDistinguisherMethodType',
  'PriorityLevelConfigurationSpec.type': 'v1.PriorityLevelEnablement',
  'LimitResponse.type': 'v1.LimitResponseType',
  'PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy': 'v1.UnhealthyPodEvictionPolicyType',
  'ExactDeviceRequest.allocationMode': 'v1.DeviceAllocationMode',
  'DeviceSubRequest.allocationMode': 'v1.DeviceAllocationMode',
  'DeviceToleration.operator': 'v1.DeviceTolerationOperator',
  'DeviceToleration.effect': 'v1.DeviceTaintEffect',
  'DeviceTaint.effect': 'v1.DeviceTaintEffect',
  'DeviceAllocationConfiguration.source': 'v1.AllocationConfigSource',
  'DeviceConstraint.matchAttribute': 'v1.FullyQualifiedName',
  'DeviceConstraint.distinctAttribute': 'v1.FullyQualifiedName',
  'Device.attributes': 'map[v1.QualifiedName]v1.DeviceAttribute',
  'Device.capacity': 'map[v1.QualifiedName]v1.DeviceCapacity',
  'CapacityRequirements.requests': 'map[v1.QualifiedName]resource.Quantity',
  'DeviceRequestAllocationResult.consumedCapacity': 'map[v1.QualifiedName]resource.Quantity',
  'CSIDriverSpec.volumeLifecycleModes[]': 'v1.VolumeLifecycleMode',
  'CSIDriverSpec.fsGroupPolicy': 'v1.FSGroupPolicy',
  'CustomResourceConversion.strategy': 'v1.ConversionStrategyType',
  'CustomResourceDefinitionSpec.scope': 'v1.ResourceScope',
  'ValidationRule.reason': 'v1.FieldValueErrorReason',
  'ResourceRequirements.limits': 'v1.ResourceList',
  'ResourceRequirements.requests': 'v1.ResourceList',
  'VolumeResourceRequirements.limits': 'v1.ResourceList',
  'VolumeResourceRequirements.requests': 'v1.ResourceList',
  'PodSpec.overhead': 'v1.ResourceList',
  'Overhead.podFixed': 'v1.ResourceList',
  'ResourceQuotaSpec.hard': 'v1.ResourceList',
  'ResourceQuotaStatus.hard': 'v1.ResourceList',
  'ResourceQuotaStatus.used': 'v1.ResourceList',
  'LimitRangeItem.max': 'v1.ResourceList',
  'LimitRangeItem.min': 'v1.ResourceList',
  'LimitRangeItem.default': 'v1.ResourceList',
  'LimitRangeItem.defaultRequest': 'v1.ResourceList',
  'LimitRangeItem.maxLimitRequestRatio': 'v1.ResourceList',
  'NodeStatus.capacity': 'v1.ResourceList',
  'NodeStatus.allocatable': 'v1.ResourceList',
  'PersistentVolumeSpec.capacity': 'v1.ResourceList',
  'PersistentVolumeClaimStatus.capacity': 'v1.ResourceList',
  'PersistentVolumeClaimStatus.allocatedResources': 'v1.ResourceList',
  'ContainerStatus.allocatedResources': 'v1.ResourceList',
};
